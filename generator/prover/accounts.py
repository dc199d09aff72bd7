"""Accounts: one of every kind that stacks and patterns tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from generator.aws.names import AccountId
from generator.policy.operators import Family
from generator.policy.pattern import ARN_SEGMENTS, Glob
from generator.prover.automaton import Token, folded, glob_tokens
from generator.prover.cells import Language
from generator.prover.classes import Probe, classes, marks
from generator.prover.estate import Estate
from generator.prover.fragment import templates
from generator.prover.vocabulary import Vocabulary, cuts_accounts, without_variables

_ID = Language((Token(frozenset("0123456789")),) * 12)
_OUTSIDERS = ("999999999999", "888888888888", "777777777777", "666666666666")
_MEMBERS = ("123456789012", "444455556666")
_ACCOUNT_PART = 4


def accounts(named: Sequence[AccountId], estate: Estate, words: Vocabulary) -> tuple[AccountId, ...]:
    """The accounts to look at: of the named ones, or else of all, one of every kind that stacks and patterns tell apart.

    Members of one kind can be put for each other in every request, unless a template with an account's id stands beside a text that
    cuts such ids: then every named account is looked at (and with none named, such a template is not followed). Raises
    TooManyCellsError.
    """
    if named and words.cut_templates:
        return tuple(dict.fromkeys(named))
    probes = tuple(dict.fromkeys(_probes(estate.partition, words)))
    if named:
        return _one_of_each(named, estate, words, probes)
    members = [account for account in estate.accounts if account not in words.mentioned and account != estate.management_account]
    strangers = classes(
        _ID,
        probes,
        _MEMBERS if not estate.accounts or estate.others.scps or estate.others.rcps else _OUTSIDERS,
        frozenset(estate.accounts) | words.mentioned,
    )
    management = (estate.management_account,) if estate.management_account else ()
    kinds = sorted(_one_of_each(members, estate, words, probes))
    return tuple(dict.fromkeys((*kinds, *sorted(words.mentioned), *management, *map(AccountId, strangers))))


def _one_of_each(
    found: Iterable[AccountId], estate: Estate, words: Vocabulary, probes: tuple[Probe, ...]
) -> tuple[AccountId, ...]:
    """The first of every kind. Whom a text names, whom no SCP reaches, and who is no member stands for nobody else."""
    kinds: dict[tuple[object, ...], AccountId] = {}
    for account in found:
        if account in words.mentioned or account == estate.management_account or account not in estate.accounts:
            kinds.setdefault((account,), account)
        else:
            kinds.setdefault((_stack_kind(account, estate, words), *marks(probes, account)), account)
    return tuple(kinds.values())


def _probes(partition: str, words: Vocabulary) -> Iterator[Probe]:
    """Texts that cut account ids, where an id stands in them: alone, in its part of an ARN, or anywhere in a sender's ARN as text."""
    arns = [template.text for template in words.resources]
    alone = ("aws:principalaccount",) if words.owner else ("aws:principalaccount", "aws:resourceaccount")
    for condition in words.about("aws:principalarn", *alone):
        for text in (without_variables(template.text) for template in templates(condition)):
            if condition.operator.family is Family.ARN:
                arns.append(text)
            elif cuts_accounts(text):
                tokens = glob_tokens(Glob.parse(text))
                tokens = folded(tokens) if condition.operator.family is Family.STRING_IGNORE_CASE else tokens
                if condition.key.lower() in alone:
                    yield Probe(tokens, whole=True)
                else:
                    yield from (Probe(tokens, f"arn:{partition}:{service}::", ":") for service in ("iam", "sts"))
    for text in (*arns, *words.who.only, *words.who.excepted, *words.scope):
        parts = without_variables(text).split(":", ARN_SEGMENTS - 1)
        if len(parts) == ARN_SEGMENTS and cuts_accounts(parts[_ACCOUNT_PART]):
            yield Probe(glob_tokens(Glob.parse(parts[_ACCOUNT_PART])), whole=True)


def _stack_kind(account: AccountId, estate: Estate, words: Vocabulary) -> tuple[object, ...]:
    """Two accounts of one kind have policies that come to the same, and stand in the same place if a condition asks where."""
    membership = estate.stack(account).membership
    return estate.kinds[account], membership.paths if words.asks_organizations and membership else ()
