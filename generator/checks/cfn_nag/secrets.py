"""Secrets in plain text: half of cfn_nag's failing rules ask the same, each of another property."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.cfn_nag.rule import NagRule, Violation
from generator.checks.cfn_nag.template import Path, Resource, Template
from generator.checks.cfn_nag.values import NO_VALUE, StoppedError, index, items, truthy

_SAFE = ("{{resolve:secretsmanager:", "{{resolve:ssm-secure:")
_WHY = "whoever may read the template, the stack or its change sets reads the secret"
_FIX = "write `{{resolve:secretsmanager:...}}` or `{{resolve:ssm-secure:...}}`, or a `Ref` to a parameter with `NoEcho: true` and no `Default`"


def exposed(value: object, template: Template) -> str:
    """Why a value gives its secret away; empty if it does not (util/enforce_reference_parameter.rb, enforce_string_or_dynamic_reference.rb)."""
    if isinstance(value, str):
        return "" if value.startswith(_SAFE) and value.endswith("}}") else "is plain text"
    if not isinstance(value, dict) or "Ref" not in value or value["Ref"] == NO_VALUE["Ref"]:
        return ""
    name = value["Ref"]
    parameter = template.parameters.get(name) if isinstance(name, str) else None
    if parameter is None:
        return f"is the name of `{name}`, not a secret"
    if not truthy(parameter.no_echo):
        return f"comes from the parameter `{name}`, which is shown to everyone"
    return f"comes from the parameter `{name}`, which has a default" if parameter.default is not None else ""


@dataclass(frozen=True)
class _Secret:
    """Where a secret is: a property, and what leads from it to the value."""

    path: tuple[str, ...]
    in_list: bool = False
    needs_first: bool = False

    def find(self, resource: Resource, template: Template) -> Iterator[Violation]:
        """The violations of one resource."""
        value = resource.get(self.path[0])
        if self.in_list:
            entries = () if value is None or value is False else items(value, self.path[0])
            for position, entry in enumerate(entries):
                path = (self.path[0], position, self.path[1])
                yield from _violation(index(entry, self.path[1]), path, template)
            return
        if value is None and self.needs_first:
            raise StoppedError(f"it expects `{self.path[0]}`")
        for step in self.path[1:]:
            value = None if value is None else index(value, step)
        yield from _violation(value, self.path, template)


def _violation(value: object, path: Path, template: Template) -> Iterator[Violation]:
    reason = exposed(value, template)
    if reason:
        yield Violation(f"`{path[-1]}` {reason}", path)


def _rule(rule_id: str, type_name: str, path: str, file: str, *, needs_first: bool = False) -> NagRule:
    in_list = "[]" in path
    steps = tuple(path.replace("[]", "").split("."))
    title = f"`{path.replace('[]', '')}` of `{type_name}` is no plain text and no parameter with a default"
    secret = _Secret(steps, in_list, needs_first)
    return NagRule(rule_id, title, type_name, secret.find, why=_WHY, fix=_FIX, file=file)


RULES = (
    _rule("F23", "AWS::RDS::DBInstance", "MasterUserPassword", "RDSDBInstanceMasterUserPasswordRule"),
    _rule("F24", "AWS::RDS::DBInstance", "MasterUsername", "RDSDBInstanceMasterUsernameRule"),
    _rule("F31", "AWS::DirectoryService::SimpleAD", "Password", "DirectoryServiceSimpleADPasswordRule"),
    _rule("F34", "AWS::RDS::DBCluster", "MasterUserPassword", "RDSDBClusterMasterUserPasswordRule"),
    _rule("F35", "AWS::Redshift::Cluster", "MasterUserPassword", "RedshiftClusterMasterUserPasswordRule"),
    _rule("F36", "AWS::DirectoryService::MicrosoftAD", "Password", "DirectoryServiceMicrosoftADPasswordRule"),
    _rule("F37", "AWS::DMS::Endpoint", "Password", "DMSEndpointPasswordRule"),
    _rule("F41", "AWS::Amplify::App", "AccessToken", "AmplifyAppAccessTokenRule"),
    _rule("F42", "AWS::Pinpoint::APNSSandboxChannel", "PrivateKey", "PinpointAPNSSandboxChannelPrivateKeyRule"),
    _rule("F43", "AWS::Pinpoint::APNSSandboxChannel", "TokenKey", "PinpointAPNSSandboxChannelTokenKeyRule"),
    _rule("F44", "AWS::ElastiCache::ReplicationGroup", "AuthToken", "ElastiCacheReplicationGroupAuthTokenRule"),
    _rule("F45", "AWS::Lambda::Permission", "EventSourceToken", "LambdaPermissionEventSourceTokenRule"),
    _rule("F46", "AWS::Pinpoint::APNSVoipSandboxChannel", "PrivateKey", "PinpointAPNSVoipSandboxChannelPrivateKeyRule"),
    _rule("F47", "AWS::Pinpoint::APNSVoipSandboxChannel", "TokenKey", "PinpointAPNSVoipSandboxChannelTokenKeyRule"),
    _rule("F48", "AWS::Pinpoint::APNSVoipChannel", "PrivateKey", "PinpointAPNSVoipChannelPrivateKeyRule"),
    _rule("F49", "AWS::Pinpoint::APNSVoipChannel", "TokenKey", "PinpointAPNSVoipChannelTokenKeyRule"),
    _rule("F50", "AWS::Amplify::App", "BasicAuthConfig.Password", "AmplifyAppBasicAuthConfigPasswordRule"),
    _rule("F51", "AWS::IAM::User", "LoginProfile.Password", "IAMUserLoginProfilePasswordRule"),
    _rule("F52", "AWS::AmazonMQ::Broker", "Users[].Password", "AmazonMQBrokerUsersPasswordRule"),
    _rule(
        "F53",
        "AWS::AppStream::DirectoryConfig",
        "ServiceAccountCredentials.AccountPassword",
        "AppStreamDirectoryConfigServiceAccountCredentialsAccountPasswordRule",
    ),
    _rule("F54", "AWS::OpsWorks::Stack", "RdsDbInstances[].DbPassword", "OpsWorksStackRdsDbInstancesDbPasswordRule"),
    _rule("F55", "AWS::DMS::Endpoint", "MongoDbSettings.Password", "DMSEndpointMongoDbSettingsPasswordRule"),
    _rule("F56", "AWS::Pinpoint::APNSChannel", "TokenKey", "PinpointAPNSChannelTokenKeyRule"),
    _rule("F57", "AWS::Pinpoint::APNSChannel", "PrivateKey", "PinpointAPNSChannelPrivateKeyRule"),
    _rule("F58", "AWS::Amplify::App", "OauthToken", "AmplifyAppOauthTokenRule"),
    _rule("F60", "AWS::Amplify::Branch", "BasicAuthConfig.Password", "AmplifyBranchBasicAuthConfigPasswordRule"),
    _rule("F61", "AWS::OpsWorks::App", "SslConfiguration.PrivateKey", "OpsWorksAppSslConfigurationPrivateKeyRule"),
    _rule("F62", "AWS::OpsWorks::Stack", "CustomCookbooksSource.Password", "OpsWorksStackCustomCookbooksSourcePasswordRule"),
    _rule(
        "F63",
        "AWS::EMR::Cluster",
        "KerberosAttributes.ADDomainJoinPassword",
        "EMRClusterKerberosAttributesADDomainJoinPasswordRule",
    ),
    _rule(
        "F64",
        "AWS::EMR::Cluster",
        "KerberosAttributes.CrossRealmTrustPrincipalPassword",
        "EMRClusterKerberosAttributesCrossRealmTrustPrincipalPasswordRule",
    ),
    _rule("F65", "AWS::EMR::Cluster", "KerberosAttributes.KdcAdminPassword", "EMRClusterKerberosAttributesKdcAdminPasswordRule"),
    _rule(
        "F66",
        "AWS::KinesisFirehose::DeliveryStream",
        "RedshiftDestinationConfiguration.Password",
        "KinesisFirehoseDeliveryStreamRedshiftDestinationConfigurationPasswordRule",
    ),
    _rule("F67", "AWS::OpsWorks::App", "AppSource.Password", "OpsWorksAppAppSourcePasswordRule"),
    _rule(
        "F68",
        "AWS::KinesisFirehose::DeliveryStream",
        "SplunkDestinationConfiguration.HECToken",
        "KinesisFirehoseDeliveryStreamSplunkDestinationConfigurationHECTokenRule",
    ),
    _rule(
        "F69",
        "AWS::CodePipeline::Webhook",
        "AuthenticationConfiguration.SecretToken",
        "CodePipelineWebhookAuthenticationConfigurationSecretTokenRule",
    ),
    _rule("F70", "AWS::DocDB::DBCluster", "MasterUserPassword", "DocDBDBClusterMasterUserPasswordRule"),
    _rule(
        "F71",
        "AWS::ManagedBlockchain::Member",
        "MemberConfiguration.MemberFrameworkConfiguration.MemberFabricConfiguration.AdminPassword",
        "ManagedBlockchainMemberMemberFabricConfigurationAdminPasswordRule",
        needs_first=True,
    ),
    _rule(
        "F74",
        "Alexa::ASK::Skill",
        "AuthenticationConfiguration.ClientSecret",
        "AlexaASKSkillAuthenticationConfigurationClientSecretRule",
        needs_first=True,
    ),
    _rule(
        "F75",
        "Alexa::ASK::Skill",
        "AuthenticationConfiguration.RefreshToken",
        "AlexaASKSkillAuthenticationConfigurationRefreshTokenRule",
        needs_first=True,
    ),
)
