"""Which functions of custom resources surely leave CloudFormation without an answer, and which may not be suspected."""

from __future__ import annotations

import pytest

from generator.checks.templates.answers import handler, is_no_python, lacks, never_answers


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def handler(event, context):\n    return {}", True),
        ("exports.handler = async () => ({});", True),
        ("import cfnresponse", False),
        ("const r = require('cfn-response');", False),
        ("requests.put(event['ResponseURL'])", False),
        ("boto3.client('lambda').invoke(Payload=json.dumps(event))", False),
        ("", False),
        ("   \n", False),
    ],
)
def test_code_never_answers(source, expected):
    assert never_answers(source) is expected


IMPORTED = "import cfnresponse\ndef handler(event, context):\n    "


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (IMPORTED + "return {}", True),
        (IMPORTED + "return {'Status': cfnresponse.SUCCESS}", True),
        (IMPORTED + "pass  # cfnresponse.send(event, context, cfnresponse.SUCCESS, {})", True),
        (IMPORTED + "'cfnresponse.send answers'\n    return {}", True),
        ("from cfnresponse import send, SUCCESS\ndef handler(event, context):\n    return {}", True),
        (IMPORTED + "cfnresponse.send(event, context, cfnresponse.SUCCESS, {})", False),
        (IMPORTED + "finish = cfnresponse.send\n    finish(event, context, 'SUCCESS', {})", False),
        (IMPORTED + "finish(cfnresponse)", False),
        (IMPORTED + "getattr(boto3, 'client')", False),
        ("import cfnresponse as answer\ndef handler(event, context):\n    answer.send(event)", False),
        ("from cfnresponse import send\ndef handler(event, context):\n    send(event)", False),
        ("from cfnresponse import *\ndef handler(event, context):\n    send(event)", False),
        ("from crhelper import CfnResource\nhelper = CfnResource()\n@helper.create\ndef handler(event, _): pass", False),
        ("def handler(event, context):\n    put(event['ResponseURL'])", False),
        ("def handler(event, context):\n    LAMBDA.invoke(event)", False),
        ("import cfnresponse\ndef handler(event, context)\n    return", False),
    ],
)
def test_python_never_answers_by_an_import_alone(source, expected):
    assert never_answers(source, python=True) is expected


@pytest.mark.parametrize(
    ("source", "runtime", "expected"),
    [
        ("def handler(event, context)\n    return 1\n", "python3.13", True),
        ("def handler(event, context):\nreturn 1\n", "python3.9", True),
        ("print 'x'\n", "python3.12", True),
        ("def handler(event, context):\n    return 1\n", "python3.13", False),
        ("x = f'{e['a']}'\n", "python3.12", False),
        ("type X = int\n", "python3.13", False),
        ("def first[T](x: T): return x\n", "python3.13", False),
        ("try:\n    x\nexcept A, B:\n    pass\n", "python3.14", False),
        ("def handler(event, context)\n", "python2.7", False),
        ("def handler(event, context)\n", "nodejs22.x", False),
        ("def handler(event, context)\n", "", False),
        ("x = '\\d'\n", "python3.13", False),
        ("lazy import boto3\n", "python3.15", False),
    ],
)
def test_a_source_that_no_python_reads(source, runtime, expected):
    assert is_no_python(source, runtime) is expected


BODY = "import cfnresponse\ndef handler(event, context):\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    if event['RequestType'] == 'Delete':\n        return\n    answer(event)", ("Delete",)),
        ("    if event.get('RequestType') in ['Update', 'Delete']:\n        return {}\n    answer(event)", ("Delete", "Update")),
        (
            "    logger.info(event)\n    x = str(event)\n    if event['RequestType'] == 'Create':\n        print(x)\n        return None",
            ("Create",),
        ),
        (
            "    if event['RequestType'] == 'Create':\n        answer(event)\n    elif event['RequestType'] == 'Delete':\n        return",
            ("Delete",),
        ),
        ("    answer(event)\n    if event['RequestType'] == 'Delete':\n        return", ()),
        ("    if event['RequestType'] == 'Delete':\n        answer(event)\n        return", ()),
        ("    if event['RequestType'] == 'Delete':\n        return answer(event)", ()),
        ("    if event['RequestType'] == 'Delete':\n        if retain:\n            answer(event)\n        return", ()),
        ("    if event['RequestType'] == 'Delete':\n        raise ValueError", ()),
        ("    if event['RequestType'] != 'Delete':\n        return", ()),
        ("    if event['RequestType'] == 'Unknown':\n        return", ()),
        ("    if event['Kind'] == 'Delete':\n        return", ()),
        ("    with answering(event):\n        if event['RequestType'] == 'Delete':\n            return", ()),
        ("    if check(event) and event['RequestType'] == 'Delete':\n        return", ()),
    ],
)
def test_requests_that_get_no_answer(body, expected):
    found = handler(BODY + body, "index.handler")
    assert found is not None
    assert found.silent_requests() == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import boto3\ndef handler(event, context):\n    boto3.client('s3').list_buckets()", True),
        ("import boto3\nS3 = boto3.client('s3')\ndef handler(event, context):\n    S3.list_buckets()", True),
        (
            "import boto3\ndef handler(event, context):\n    try:\n        boto3.client('s3')\n    finally:\n        answer()",
            False,
        ),
        ("import boto3\n@safe\ndef other(): pass\ndef handler(event, context):\n    boto3.client('s3')", False),
        ("def handler(event, context):\n    answer()", False),
    ],
)
def test_failures_that_get_no_answer(source, expected):
    found = handler(source, "index.handler")
    assert found is not None
    assert found.fails_silently() is expected


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): pass\nhandler = wrapped(handler)",
        "@wrapped\ndef handler(event, context): pass",
        "class Maker:\n    def handler(self, event): pass",
        "from shared import handler",
        "def handler(event, context) pass",
        "def handler(event, context):\x00 pass",
        "(" * 5_000,
    ],
)
def test_a_handler_that_is_no_plain_function_is_not_judged(source):
    assert handler(source, "index.handler") is None


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("def handler(e, c): pass", "index.handler", False),
        ("def handler(e, c): pass", "index.main", True),
        ("def handler(e, c): pass", "app.handler", True),
        ("def handler(e, c): pass\nmain = handler", "index.main", False),
        ("from shared import main", "index.main", False),
        ("import shared as main", "index.main", False),
        ("from shared import *", "index.main", False),
        ("globals()['main'] = 1", "index.main", False),
        ("def handler(e, c) pass", "index.main", False),
    ],
)
def test_a_handler_is_missing(source, name, expected):
    assert lacks(source, name) is expected


def test_a_long_chain_of_branches_is_no_trouble():
    chain = (
        "    if event['RequestType'] == 'Delete':\n        return\n" + "    elif event.a" + ".a" * 90 + " == 1:\n        pass\n"
    )
    source = BODY + chain + "    elif event['RequestType'] == 'Create':\n        pass\n" * 300
    found = handler(source, "index.handler")
    assert found is not None
    assert found.silent_requests() == ("Delete",)
    assert lacks(source, "index.handler") is False
