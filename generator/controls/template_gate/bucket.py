"""The stack in the Audit account: each region's bucket of rules, and the function that puts the rules into it.

Every region reads from its own bucket, so that no region's stacks wait for another region. The rules are no secret, and each account
of the organization reads them: S3's own keys encrypt them, because a KMS key would add a policy that every account has to pass and
keep nothing from anybody.
"""

from __future__ import annotations

from collections.abc import Iterable

from troposphere import Sub, Template, s3

from generator.aws.names import Arn
from generator.controls.template_gate.naming import PREFIX, UPLOAD_ROLE, Names
from generator.landing_zone.organization import Organization
from generator.package.buckets import bucket_policy, hardened_bucket
from generator.package.functions import HandlerFunction, add_custom_resource, log_group_key
from generator.package.model import JsonObject
from generator.package.policies import policy_document

UPLOAD = HandlerFunction(
    title="Rules", handler="template_gate_rules", description="Puts the rules of the template gate into their bucket"
)


def rules_template(organization: Organization, names: Names, administrators: Iterable[Arn], key: str, text: str) -> Template:
    """Template for every governed region of the Audit account."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Template gate: the rules, in a versioned bucket, in the Audit account")
    bucket = template.add_resource(_bucket(names))
    policy = bucket_policy("RuleBucketPolicy", bucket, _policy(names))
    policy.resource["Metadata"] = {
        "cfn_nag": {
            "rules_to_suppress": [
                {"id": "F16", "reason": "the condition names the organization and one role; accounts that join need no change"}
            ]
        }
    }
    template.add_resource(policy)
    description = "Log of the function that puts the rules of the template gate into their bucket"
    log_key = template.add_resource(log_group_key("RulesLogKey", description, names.partition, names.audit, administrators))
    properties = {"Bucket": bucket.ref(), "Key": key, "Rules": text}
    rules = add_custom_resource(template, UPLOAD, organization, log_key, properties)
    rules.DependsOn = [policy.title]
    role = template.resources[f"{UPLOAD.title}Role"]
    role.RoleName = Sub(f"{UPLOAD_ROLE}-${{AWS::Region}}")
    role.resource["Metadata"]["cfn_nag"] = {
        "rules_to_suppress": [{"id": "W28", "reason": "the guard knows the role by its name"}]
    }
    return template


def _bucket(names: Names) -> s3.Bucket:
    """Versioned, and nothing current expires: an account whose hook was not updated yet reads the rules of the day before."""
    reason = "holds what every account of the organization may read; who changes it is in the organization trail"
    metadata = {
        "cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": reason}]},
        "guard": {"SuppressedRules": ["BUCKET_ACCESS_LOGGED"], "reason": reason},
    }
    lifecycle = s3.LifecycleRule(
        Id="overwritten",
        Status="Enabled",
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=365),
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
    )
    bucket = hardened_bucket("RuleBucket", f"{names.bucket}{names.home}", [lifecycle], metadata=metadata)
    bucket.BucketName = Sub(f"{names.bucket}${{AWS::Region}}")
    return bucket


def _policy(names: Names) -> JsonObject:
    """Hooks read; nobody speaks without TLS or from outside the organization."""
    arn = f"arn:{names.partition}:s3:::{names.bucket}${{AWS::Region}}"
    bucket, content, every = Sub(arn), Sub(f"{arn}/{PREFIX}*"), Sub(f"{arn}/*")
    hooks = {
        "ArnLike": {"aws:PrincipalArn": names.hook_role},
        "StringEquals": {"aws:PrincipalOrgID": names.organization},
    }

    def statement(sid: str, effect: str, actions: list[str], resources: list[Sub], condition: JsonObject) -> JsonObject:
        return {"Sid": sid, "Effect": effect, "Principal": "*", "Action": actions, "Resource": resources, "Condition": condition}

    return policy_document(
        [
            statement("HooksFind", "Allow", ["s3:ListBucket"], [bucket], hooks),
            statement("HooksRead", "Allow", ["s3:GetObject", "s3:GetObjectVersion"], [content], hooks),
            statement("TlsOnly", "Deny", ["s3:*"], [bucket, every], {"Bool": {"aws:SecureTransport": "false"}}),
            statement(
                "OrganizationOnly",
                "Deny",
                ["s3:*"],
                [bucket, every],
                {
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": names.organization},
                },
            ),
        ]
    )
