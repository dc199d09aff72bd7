"""Elements of statements: what is looked up is what the patterns say one by one."""

from hypothesis import given
from hypothesis import strategies as st

from generator.policy.model import ActionPattern, Actions, Resources
from generator.policy.pattern import Glob
from generator.policy.variables import parse_template

_services = st.sampled_from(("s3", "kms"))
_names = st.text("ab*?", min_size=1, max_size=3)
_patterns = st.one_of(
    st.builds(lambda service, name: ActionPattern(f"{service}:{name}", service, Glob.parse(name)), _services, _names),
    st.just(ActionPattern("*", "", Glob.parse("*"))),
)


@given(
    st.lists(_patterns, max_size=4),
    st.booleans(),
    st.frozensets(st.sampled_from(("s3:a", "kms:ab"))),
    st.builds("{}:{}".format, st.sampled_from(("s3", "S3", "kms", "iam")), st.text("abAB", max_size=3)),
)
def test_actions_match_what_one_of_their_patterns_matches(patterns, negated, spared, action):
    matched = any(pattern.matches(action) for pattern in patterns)
    expected = action.lower() not in spared and matched is not negated
    assert Actions(tuple(patterns), negated, spared).matches(action) is expected


def test_resources_vary_with_a_variable_in_them():
    assert Resources((parse_template("arn:aws:s3:::a/${aws:username}", wildcards=True),)).varies
    assert not Resources((parse_template("arn:aws:s3:::a/${*}", wildcards=True),)).varies
