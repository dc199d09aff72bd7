"""Investigation: named queries over the logs, and the read-only policies that whoever investigates needs to run them.

Two stacks: Athena over the bucket in the Log Archive account, CloudWatch Logs Insights over the log group in the management account.
Both have a managed policy of the same name, so that one permission set can refer to it in either account.
"""

from __future__ import annotations

from troposphere import Template, athena, glue, iam, logs, s3

from generator.aws.names import Region
from generator.controls.organization_trail.naming import Names, bucket_arn
from generator.controls.organization_trail.queries import QUERIES, Query, athena_sql
from generator.package.buckets import TAGS, bucket_policy, expire, hardened_bucket
from generator.package.model import JsonObject
from generator.package.policies import identity_allow, organization_only, policy_document, tls_only

TABLE = "events"
RESULT_DAYS = 30
SCAN_LIMIT_BYTES = 100 * 1024**3
"""What one query may read before Athena stops it: a mistyped day costs half a dollar, not the price of seven years of logs."""

FIRST_DAY = "2020/01/01"
"""Days before this are no partitions; no log of a trail that this program makes is older."""

_IDENTITY = (
    "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,"
    "onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:struct<attributes:struct<mfaauthenticated:string,"
    "creationdate:string>,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,"
    "ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>"
)
_STRING_COLUMNS = (
    "eventtime",
    "eventsource",
    "eventname",
    "awsregion",
    "sourceipaddress",
    "useragent",
    "errorcode",
    "errormessage",
    "requestparameters",
    "responseelements",
    "additionaleventdata",
    "requestid",
    "eventid",
    "readonly",
    "eventtype",
    "apiversion",
    "recipientaccountid",
    "serviceeventdetails",
    "sharedeventid",
    "vpcendpointid",
    "vpcendpointaccountid",
    "eventcategory",
    "sessioncredentialfromconsole",
    "edgedevicedetails",
)


def athena_template(names: Names, regions: tuple[Region, ...]) -> Template:
    """Template for the Log Archive account. `regions` are all of the partition: a multi-region trail delivers from each."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Organization trail: Athena over the log files, in the Log Archive account")
    results = template.add_resource(_result_bucket(names))
    results_arn = bucket_arn(names.partition, names.results_bucket)
    document = policy_document([tls_only(results_arn), organization_only(results_arn, names.organization)])
    template.add_resource(bucket_policy("ResultBucketPolicy", results, document))
    workgroup = template.add_resource(_workgroup(names))
    catalog = names.log_archive
    database = template.add_resource(
        glue.Database("Database", CatalogId=catalog, DatabaseInput=glue.DatabaseInput(Name=names.database))
    )
    template.add_resource(glue.Table("Table", CatalogId=catalog, DatabaseName=database.ref(), TableInput=_table(names, regions)))
    for query in QUERIES:
        template.add_resource(
            athena.NamedQuery(
                _title(query.slug),
                Name=query.slug,
                Description=query.question,
                Database=database.ref(),
                WorkGroup=workgroup.ref(),
                QueryString=athena_sql(query, names.database, TABLE),
            )
        )
    template.add_resource(_investigator(names, _athena_permissions(names), ("athena:ListDataCatalogs", "athena:ListWorkGroups")))
    return template


def insights_template(names: Names) -> Template:
    """Template for the management account, where the trail's log group is."""
    template = Template()
    template.set_version("2010-09-09")
    template.set_description("Organization trail: CloudWatch Logs Insights queries, in the management account")
    for query in QUERIES:
        template.add_resource(
            logs.QueryDefinition(
                _title(query.slug),
                Name=insights_name(names, query),
                LogGroupNames=[names.log_group],
                QueryString=f"# {query.question}\n{query.insights}",
            )
        )
    group = [names.log_group_arn, f"{names.log_group_arn}:*"]
    permissions = [
        identity_allow(
            "QueryLogGroup",
            [
                "logs:DescribeLogStreams",
                "logs:FilterLogEvents",
                "logs:GetLogEvents",
                "logs:GetLogGroupFields",
                "logs:GetLogRecord",
                "logs:StartQuery",
            ],
            group,
        )
    ]
    without_resource = (
        "logs:DescribeLogGroups",
        "logs:DescribeQueries",
        "logs:DescribeQueryDefinitions",
        "logs:GetQueryResults",
        "logs:StopQuery",
    )
    template.add_resource(_investigator(names, permissions, without_resource))
    return template


def _result_bucket(names: Names) -> s3.Bucket:
    """Answers to questions, for a month. Its access logs go where those of the logs go, if that bucket is ours."""
    if names.store.key_alias:
        return hardened_bucket(
            "ResultBucket",
            names.results_bucket,
            [expire("results", RESULT_DAYS)],
            access_logs=names.store.access_log_bucket,
        )
    reason = "Control Tower's access log bucket is not ours to write to, and these are copies that live for a month"
    metadata = {
        "cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": reason}]},
        "guard": {"SuppressedRules": ["BUCKET_ACCESS_LOGGED"], "reason": reason},
    }
    return hardened_bucket("ResultBucket", names.results_bucket, [expire("results", RESULT_DAYS)], metadata=metadata)


def _workgroup(names: Names) -> athena.WorkGroup:
    return athena.WorkGroup(
        "WorkGroup",
        Name=names.ours,
        Description="Questions to the organization trail; results are kept for a month",
        State="ENABLED",
        RecursiveDeleteOption=True,
        WorkGroupConfiguration=athena.WorkGroupConfiguration(
            BytesScannedCutoffPerQuery=SCAN_LIMIT_BYTES,
            EnforceWorkGroupConfiguration=True,
            PublishCloudWatchMetricsEnabled=True,
            ResultConfiguration=athena.ResultConfiguration(
                EncryptionConfiguration=athena.EncryptionConfiguration(EncryptionOption="SSE_S3"),
                ExpectedBucketOwner=names.log_archive,
                OutputLocation=f"s3://{names.results_bucket}/",
            ),
        ),
        Tags=TAGS,
    )


def _table(names: Names, regions: tuple[Region, ...]) -> glue.TableInput:
    """CloudTrail's files as a table (Athena User Guide, "Query AWS CloudTrail logs", partition projection for organizations).

    The account is an injected partition: a query has to name one, or up to 1,000 with IN, and a new account needs no new table.
    """
    root = f"s3://{names.store.bucket}/{names.store.prefix}AWSLogs/{names.organization}/"
    columns = [
        glue.Column(Name="eventversion", Type="string"),
        glue.Column(Name="useridentity", Type=_IDENTITY),
        *(glue.Column(Name=name, Type="string") for name in _STRING_COLUMNS),
        glue.Column(Name="resources", Type="array<struct<arn:string,accountid:string,type:string>>"),
        glue.Column(Name="tlsdetails", Type="struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>"),
    ]
    return glue.TableInput(
        Name=TABLE,
        Description="Events of the organization trail",
        TableType="EXTERNAL_TABLE",
        Parameters={
            "EXTERNAL": "TRUE",
            "projection.enabled": "true",
            "projection.account.type": "injected",
            "projection.region.type": "enum",
            "projection.region.values": ",".join(regions),
            "projection.day.type": "date",
            "projection.day.format": "yyyy/MM/dd",
            "projection.day.interval": "1",
            "projection.day.interval.unit": "DAYS",
            "projection.day.range": f"{FIRST_DAY},NOW",
            "storage.location.template": f"{root}${{account}}/CloudTrail/${{region}}/${{day}}",
        },
        PartitionKeys=[glue.Column(Name=name, Type="string") for name in ("account", "region", "day")],
        StorageDescriptor=glue.StorageDescriptor(
            Columns=columns,
            Location=root,
            InputFormat="com.amazon.emr.cloudtrail.CloudTrailInputFormat",
            OutputFormat="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            SerdeInfo=glue.SerdeInfo(SerializationLibrary="org.apache.hive.hcatalog.data.JsonSerDe"),
        ),
    )


def _athena_permissions(names: Names) -> list[JsonObject]:
    partition, home, account = names.partition, names.home, names.log_archive
    glue_arn = f"arn:{partition}:glue:{home}:{account}"
    results = bucket_arn(partition, names.results_bucket)
    via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{home}.amazonaws.com"}}
    return [
        identity_allow(
            "RunQueries",
            [
                "athena:BatchGetNamedQuery",
                "athena:BatchGetQueryExecution",
                "athena:GetNamedQuery",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetQueryResultsStream",
                "athena:GetQueryRuntimeStatistics",
                "athena:GetWorkGroup",
                "athena:ListNamedQueries",
                "athena:ListQueryExecutions",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            [f"arn:{partition}:athena:{home}:{account}:workgroup/{names.ours}"],
        ),
        identity_allow(
            "ReadTable",
            ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
            # Athena looks at the default database before any other (Athena User Guide, "Fine-grained access to databases").
            [
                f"{glue_arn}:catalog",
                f"{glue_arn}:database/default",
                f"{glue_arn}:database/{names.database}",
                f"{glue_arn}:table/{names.database}/{TABLE}",
            ],
        ),
        identity_allow(
            "BrowseCatalog",
            [
                "athena:GetDataCatalog",
                "athena:GetDatabase",
                "athena:GetTableMetadata",
                "athena:ListDatabases",
                "athena:ListTableMetadata",
            ],
            [f"arn:{partition}:athena:{home}:{account}:datacatalog/AwsDataCatalog"],
        ),
        identity_allow("ReadLogs", ["s3:GetObject"], [f"{names.bucket_arn}/{names.store.prefix}AWSLogs/*"]),
        identity_allow("ListBuckets", ["s3:GetBucketLocation", "s3:ListBucket"], [names.bucket_arn, results]),
        identity_allow("KeepResults", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], [f"{results}/*"]),
        *([identity_allow("DecryptLogs", ["kms:Decrypt"], [names.store.key], via_s3)] if names.store.key else []),
    ]


def _investigator(names: Names, permissions: list[JsonObject], without_resource: tuple[str, ...]) -> iam.ManagedPolicy:
    reason = f"{', '.join(without_resource)} take no resource"
    policy = iam.ManagedPolicy(
        "InvestigatorPolicy",
        ManagedPolicyName=names.investigator,
        Description="Read the organization trail with the named queries",
        PolicyDocument=policy_document([*permissions, identity_allow("Lists", without_resource, ["*"])]),
    )
    policy.resource["Metadata"] = {"cfn_nag": {"rules_to_suppress": [{"id": "W13", "reason": reason}]}}
    return policy


def insights_name(names: Names, query: Query) -> str:
    """The name under which the console shows the query."""
    return f"{names.ours}/{query.slug}"


def _title(slug: str) -> str:
    return "".join(word.capitalize() for word in slug.split("-")) + "Query"
