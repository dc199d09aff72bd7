"""cfn-lint with quick forms in it finds what it finds without them, to the position and the word; what is not known is left alone.

Both run in a process of their own (this file, as a program): what is replaced must not reach other tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from importlib import import_module
from inspect import isfunction
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REGIONS = (("eu-central-1",), ("us-east-1", "eu-central-1", "cn-north-1"))

HEAD = "Resources:\n"
BROKEN = {
    "nothing": "",
    "a list": "- a\n",
    "no YAML": "a: [\n",
    "twice the same": "Resources:\n  A:\n    Type: AWS::SNS::Topic\n  A:\n    Type: AWS::SNS::Topic\n",
    "sections": "Ressources: {}\nOutputs: []\nMappings: {M: {a: b}}\nResources: {A: 1}\n",
    "no resource type": HEAD + "  A: {Type: AWS::No::Such}\n  B: {Type: [AWS::SNS::Topic]}\n  C: {Properties: {}}\n",
    "a key that is no text": HEAD + "  A: {Type: AWS::SQS::Queue, Properties: {No: 1}}\n",
    "wrong types": HEAD
    + "  A:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: [a], VersioningConfiguration: yes, Tags: {a: b}}\n"
    + "  B:\n    Type: AWS::SQS::Queue\n    Properties: {DelaySeconds: 1000, FifoQueue: maybe, RedrivePolicy: '{}', Nope: 1}\n"
    + "  C:\n    Type: AWS::SNS::Topic\n    Properties: null\n  D:\n    Type: AWS::SNS::Topic\n    Properties: !Ref AWS::NoValue\n",
    "wrong references": "Parameters:\n  P: {Type: Number, Default: x, AllowedValues: [1]}\n"
    + HEAD
    + "  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Ref Missing, DisplayName: !GetAtt A.Arn}\n    DependsOn: B\n"
    + "  B:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !Sub '${A.No}-${P}-${Gone}', DisplayName: !Ref A}\n"
    + "  C:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: !Ref P, SubnetId: !GetAtt B.TopicArn}\n",
    "circle": HEAD
    + "  A: {Type: AWS::SNS::Topic, DependsOn: B}\n  B: {Type: AWS::SNS::Topic, Properties: {TopicName: !GetAtt A.TopicName}}\n",
    "conditions": "Parameters:\n  P: {Type: String, AllowedValues: [a, b]}\nConditions:\n  IsA: !Equals [!Ref P, a]\n"
    "  IsB: !Not [!Condition IsA]\n  Bad: !Equals [1]\n  Lost: !Condition Nowhere\n"
    + HEAD
    + "  A:\n    Type: AWS::S3::Bucket\n    Condition: IsA\n    Properties:\n"
    + "      BucketName: !If [IsB, 1, !Ref AWS::NoValue]\n      Tags: !If [Gone, [], {Key: a}]\n"
    + "      VersioningConfiguration: !If [IsA, {Status: On}, {State: Enabled}]\n"
    + "  B:\n    Type: AWS::SNS::Subscription\n    Properties:\n      Fn::If: [IsA, {Protocol: sqs}, {TopicArn: !GetAtt A.Arn}]\n"
    + "Outputs:\n  A: {Value: !GetAtt A.Arn}\n",
    "functions": HEAD
    + "  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Join [1, !Split [',', !Select [9, [a]]]]\n"
    + "      DisplayName: !FindInMap [M, a, b]\n      KmsMasterKeyId: '{{resolve:ssm:}}'\n      Tags: !GetAZs 7\n"
    + "      FifoTopic: AWS::Region\n      ContentBasedDeduplication: !Cidr [a]\n",
    "for each": "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [a, b]\n"
    "    - Topic${Name}:\n        Type: AWS::SNS::Topic\n        Properties: {TopicName: !Ref Name, Nope: {Fn::Length: x}}\n",
    "for nothing": "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Bad: [x]\n",
    "serverless": "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Timeout: 3\n"
    "    Properties: {Runtime: python2.7, Handler: [a]}\n",
    "policies": HEAD
    + "  R:\n    Type: AWS::IAM::Role\n    UpdatePolicy: !Select [0, [a]]\n    Properties:\n      AssumeRolePolicyDocument:\n"
    + "        Statement: {Effect: Alow, Action: sts:Nothing, Principal: {AWS: 1}, Resource: '*'}\n"
    + "      Policies:\n        - PolicyName: p\n          PolicyDocument:\n            Version: 2012-10-18\n            Statement:\n"
    + "              - {Effect: Allow, NotAction: [s3:GetObjct, 's3:*'], Resource: arn:aws:s3:::a, Sid: a-b}\n"
    + "              - {Effect: Allow, Action: 's3:Get*', Resource: !Sub 'arn:aws:s3:::${R}', Condition: {Is: {a: b}}}\n"
    + "  B:\n    Type: AWS::S3::BucketPolicy\n    DeletionPolicy: Keep\n    Properties:\n      Bucket: b\n"
    + '      PolicyDocument: \'{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:Get"}]}\'\n',
    "settings of its own": "Metadata:\n  cfn-lint:\n    config: {ignore_checks: [E3012], include_checks: [I], configure_rules:"
    " {E3012: {strict: true}}, regions: [us-east-1]}\n"
    + HEAD
    + "  A:\n    Type: AWS::SQS::Queue\n    Metadata: {cfn-lint: {config: {ignore_checks: [E3002]}}}\n"
    + "    Properties: {DelaySeconds: a, Nope: 1}\n  B: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: '1', Nope: 1}}\n",
    "state machine": HEAD
    + "  S:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      RoleArn: a\n      Definition:\n        StartAt: A\n"
    + "        States: {A: {Type: Wait}, B: {Type: Pass, Next: C}, M: {Type: Map, ItemProcessor: {States: {}}}}\n",
    "tables and caches": HEAD
    + "  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {KeySchema: [{AttributeName: a, KeyType: HASH}],"
    + " AttributeDefinitions: [{AttributeName: b, AttributeType: S}]}\n"
    + "  D:\n    Type: AWS::RDS::DBInstance\n    Properties: {Engine: mysql, DBInstanceClass: db.no, MasterUserPassword: secret}\n"
    + "  G:\n    Type: AWS::EC2::SecurityGroup\n    Properties: {GroupDescription: a, SecurityGroupIngress: [{CidrIp: a, CidrIpv6: b}]}\n",
}


def templates() -> list[str]:
    """This repository's own, those of the packages that tests break, and the broken ones from above."""
    folders = ("templates", "tests/seeded", "tests/cases/clean_package")
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if "templates" in path.parts)
    return [path.read_text("utf-8") for path in paths if path.is_file()] + list(BROKEN.values())


def matches(rules, text, regions):
    """All that cfn-lint says, without a word of our own linter."""
    decode_str = import_module("cfnlint.decode.decode").decode_str
    config = import_module("cfnlint.config").ConfigMixIn([], regions=list(regions))
    data, found = decode_str(text)
    if not found and data is not None:
        try:
            found = list(import_module("cfnlint.runner").run_template_by_data(data, config, rules))
        except TypeError as error:  # cfn-lint itself stops on some templates: so must it with the forms
            return [("stopped", str(error))]
    return sorted(
        (
            match.rule.id,
            match.message,
            match.linenumber,
            match.columnnumber,
            match.linenumberend,
            match.columnnumberend,
            repr(getattr(match, "path", None)),
        )
        for match in found
    )


def loaded():
    return import_module("cfnlint.rules._rules").Rules.create_from_directory(import_module("cfnlint.config")._DEFAULT_RULESDIR)


def plain():
    rules = loaded()
    return [matches(rules, text, REGIONS[number % 2]) for number, text in enumerate(templates())]


def counted(each, used):
    """The same replacement, which tells when its form is called."""

    def form(original):
        made = each.form(original)
        if isinstance(made, type):
            return made

        def call(*arguments, **named):
            used.add(f"{each.module} {each.path}")
            return made(*arguments, **named)

        return call

    return replace(each, form=form)


def quick():
    """As the linter runs it, with networkx and sympy in part; as findings twice, for what is remembered must still be right."""
    linter = import_module("generator.checks.linter")
    linter._warm(lean=True)
    linter.all_of_sympy()
    found = [matches(linter._rules(), text, REGIONS[number % 2]) for number, text in enumerate(templates())]
    again = [matches(linter._rules(), text, REGIONS[number % 2]) for number, text in enumerate(templates()) if number % 4 == 0]
    return {"found": found, "again": again, "lean": not {"networkx.generators", "networkx.readwrite"} & sys.modules.keys()}


def used():
    """Which forms are not in the table, and which are not called for the broken templates."""
    table = import_module("generator.checks.quick_cfn_lint.table")
    left_out = {
        name
        for module in (table.contexts, table.running, table.start)
        for name, form in vars(module).items()
        if isfunction(form) and form.__module__ == module.__name__ and not name.startswith("_") and name != "lean_networkx"
    } - {each.form.__name__ for each in table.REPLACEMENTS}
    called: set[str] = set()
    table.REPLACEMENTS = tuple(counted(each, called) for each in table.REPLACEMENTS)
    table.BY_KEYWORD = counted(table.BY_KEYWORD, called)
    rules = import_module("generator.checks.quick_cfn_lint.loading").quick_rules(loaded)
    for text in BROKEN.values():
        matches(rules, text, REGIONS[0])
    rule = import_module("cfnlint.rules.jsonschema.CfnLintJsonSchema").CfnLintJsonSchema
    if hasattr(rule.__dict__["_schema"], "__set__"):
        called.add(f"{rule.__module__} {rule.__name__}")
    every = {f"{each.module} {each.path}" for each in table.REPLACEMENTS}
    return sorted(left_out | every - called)


def searched():
    """What is found in schemas: by cfn-lint's own functions, by the forms, and by these once more. Few schemas of cfn-lint have an id."""
    forms = import_module("generator.checks.quick_cfn_lint.contexts")
    resolver = import_module("cfnlint.schema.resolver._resolver")
    deep = {"$id": "a", "items": {"$id": "b", "not": {"id": "c"}}, "anyOf": [{"id": "d"}], "properties": {"id": {"$anchor": "e"}}}
    schemas = (deep, {}, {"id": "f"}, True)
    own, own_matcher = resolver._search_schema, resolver._match_keyword
    quick, quick_matcher = forms.searched_schema(own), forms.keyword_matcher(own_matcher)
    keywords = ("id", "$id", "$anchor", "none")

    def found(search, matcher):
        by_keyword = [list(search(schema, matcher(keyword))) for schema in schemas for keyword in keywords]
        return by_keyword, [list(search(schema, resolver._match_subschema_keywords)) for schema in schemas]

    return [found(own, own_matcher), found(quick, quick_matcher), found(quick, quick_matcher)]


def configured():
    """Settings as they are before and after a template's own are known, and in a copy."""
    configuration = import_module("cfnlint.config").ConfigMixIn
    template = {"Metadata": {"cfn-lint": {"config": {"ignore_checks": ["E1"], "include_checks": ["I"]}}}}

    def settings(config):
        return [config.ignore_checks, config.include_checks, config.regions, config.mandatory_checks]

    def all_of_them():
        config = configuration([], regions=["eu-central-1"])
        found = [settings(config), settings(config)]
        for each in (template, {}, template):
            config.set_template_args(each)
            found.append(settings(config))
        copy = config.evolve(regions=["us-east-1"], mandatory_checks=["E2"])
        return [*found, settings(copy), settings(config)]

    own = all_of_them()
    form = import_module("generator.checks.quick_cfn_lint.running").remembered_settings
    configuration._get_argument_value = form(configuration._get_argument_value)
    return [own, all_of_them()]


def untouched():
    """Whether nothing is replaced: in another version, with a module or function that is gone, and with one that is called differently."""
    quick_rules = import_module("generator.checks.quick_cfn_lint.loading").quick_rules
    forms = "generator.checks.quick_cfn_lint.contexts"
    found = {"version": all(quick_rules(dict, version) == {} for version in ("1.57.0", "1.59.0")) and forms not in sys.modules}
    sys.modules[forms] = None  # type: ignore[assignment] # cannot be imported
    found["import"] = quick_rules(dict) == {}
    del sys.modules[forms]
    table = import_module("generator.checks.quick_cfn_lint.table")
    everything = table.REPLACEMENTS

    def there():
        return [getattr(each._owner(), each._name) for each in everything]

    def left_alone(**different):
        table.REPLACEMENTS = (*everything, replace(everything[-1], **different))
        return quick_rules(dict) == {} and there() == before

    before = there()
    return found | {
        "module": left_alone(module="cfnlint.gone"),
        "class": left_alone(path="gone.search"),
        "function": left_alone(path="gone"),
        "no function": left_alone(path="__doc__"),
        "parameters": left_alone(parameters="pattern string"),
        "all fit": all(each.fits() for each in everything),
    }


MODES = {each.__name__: each for each in (plain, quick, used, searched, configured, untouched)}


@cache
def ran(mode):
    command = [sys.executable, __file__, mode]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    return json.loads(subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def test_every_finding_is_that_of_cfn_lint_without_the_forms():
    assert ran("quick")["found"] == ran("plain")


def test_a_second_look_finds_the_same():
    assert ran("quick")["again"] == ran("plain")[::4]


def test_networkx_is_loaded_in_part():
    assert ran("quick")["lean"]


def test_each_broken_template_has_a_finding_and_they_differ():
    broken = ran("plain")[-len(BROKEN) :]
    assert [name for name, found in zip(BROKEN, broken, strict=True) if not found] == []
    assert len({rule for found in broken for rule, *_ in found}) > 40


def test_searches_in_schemas_find_the_same():
    own, first, second = ran("searched")
    assert own == first == second
    assert [len(found) for found in own[0]] == [2, 2, 1, 0] + [0] * 4 + [1] + [0] * 7


def test_settings_are_those_of_the_moment():
    own, quick = ran("configured")
    assert own == quick
    assert len({json.dumps(settings) for settings in own}) == 3


def test_every_form_is_used():
    assert ran("used") == []


@pytest.mark.parametrize("what", ["version", "import", "module", "class", "function", "no function", "parameters"])
def test_nothing_is_replaced_when_something_is_not_as_it_was(what):
    assert ran("untouched")[what]


def test_the_installed_cfn_lint_is_known():
    """Otherwise all is slower, and nobody would notice."""
    assert ran("untouched")["all fit"]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(MODES[sys.argv[1]]()))
