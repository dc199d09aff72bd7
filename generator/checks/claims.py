"""Claims: what the package says of its own policies, proved over all requests, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.finding import Finding, Level
from generator.checks.policies.writing import not_one_object
from generator.checks.proof import Proof
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.errors import InputError, Problem, Where
from generator.prover.hinges import open_hinges
from generator.prover.prove import Result, Verdict

_DOCS = "docs/prover.md"

POLICY_LANGUAGE = Rule(
    "CT401",
    Level.ERROR,
    "a policy says in the IAM policy language what it means",
    "AWS Organizations refuses it in the middle of a run, or it means something else than it seems to",
    "correct the policy",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
)
CLAIMS_READABLE = Rule(
    "CT402", Level.ERROR, "a claims file can be read", "nothing is proved", "correct the file, or remove it", _DOCS
)
HOLDS = Rule(
    "CT403",
    Level.ERROR,
    "the policies of the package bring about what its claims say",
    "there is a request, shown here, that goes the other way",
    "change the policies, or the claim if it says more than you mean",
    _DOCS,
)
DECIDED = Rule(
    "CT404",
    Level.ERROR,
    "every claim can be decided",
    "what was not decided was not proved",
    "write the condition in the fragment that the docs page of the prover names",
    _DOCS,
)
SAYS_SOMETHING = Rule(
    "CT405",
    Level.ERROR,
    "a claim can fail",
    "a claim that always holds proves nothing about the policies",
    "correct its principals, actions, resources or context",
    _DOCS,
)
CLOSED = Rule(
    "CT406",
    Level.WARNING,
    "a principal that a claim spares, or a tag that it rests on, is guarded by a claim of its own",
    "whoever can become the principal, or change the tag, is past the denial, which is worth no more than that",
    "claim, and deny, that others do so; or spare nobody, and rest on no tag",
    _DOCS,
)
RULES = (POLICY_LANGUAGE, CLAIMS_READABLE, HOLDS, DECIDED, SAYS_SOMETHING, CLOSED)


def judge(subject: Subject) -> tuple[Finding, ...]:
    """Everything wrong with policies and claims; without an organization nobody knows whom a policy reaches, and claims stay unjudged."""
    proof = Proof(subject)
    told = {objection.where.path for objection in not_one_object(subject)}
    found = [
        *(_finding(POLICY_LANGUAGE, each) for each in proof.policies[1] if each.where is None or each.where.path not in told),
        *(_finding(CLAIMS_READABLE, problem) for problem in proof.claims[1]),
    ]
    try:
        results = proof.results
    except InputError as error:
        return (*found, *(_finding(CLAIMS_READABLE, problem) for problem in error.problems))
    return (
        *found,
        *(rule.finding(objection) for path, result in results for rule, objection in _objections(subject, path, result)),
        *(CLOSED.finding(objection) for objection in _open_hinges(subject, proof)),
    )


def _open_hinges(subject: Subject, proof: Proof) -> Iterator[Objection]:
    if subject.organization is None or not proof.results or proof.doubts:
        return
    paths = {result.claim.id: path for path, result in proof.results}
    results = {result.claim.id: result for _, result in proof.results}
    for hinge in open_hinges((result.claim for _, result in proof.results), proof.estate(subject.organization)):
        yield Objection(
            _place(subject, paths[hinge.claim.id], results[hinge.claim.id]),
            hinge.sentence(),
        )


def _finding(rule: Rule, problem: Problem) -> Finding:
    return rule.finding(Objection(problem.where or Where(""), problem.problem, problem.remedy))


def _objections(subject: Subject, path: str, result: Result) -> Iterator[tuple[Rule, Objection]]:
    claim = result.claim
    where = _place(subject, path, result)
    for witness in result.witnesses:
        yield HOLDS, Objection(where, f"{claim.statement}: {witness.sentence(claim)}")
    if result.verdict is Verdict.UNDECIDED:
        yield DECIDED, Objection(where, f"{claim.statement}: not decided because of {'; '.join(result.open)}")
    if result.vacuous:
        yield SAYS_SOMETHING, Objection(where, f"{claim.statement}: {result.vacuous}")


def _place(subject: Subject, path: str, result: Result) -> Where:
    """The line with the claim's id."""
    lines = subject.files.files[path].decode("utf-8-sig").splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.split("id:")[-1].strip(" '\"") == result.claim.id), 0)
    return Where(subject.files.shown(path), line)
