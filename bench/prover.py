"""The claims of the reference, proved, against the same claims as one plain string query each to z3.

Prints CPU time of `cfctgen prove`'s work with start-up, the time of each claim alone, and the ratio for three claims where z3 is
installed (`pip install z3-solver`, nothing else needs it). z3 gets `LIMIT` seconds a query; a query it does not finish counts with that.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from generator.aws.quotas import NEWEST, PROFILES  # noqa: E402
from generator.build import build  # noqa: E402
from generator.checks.proof import Proof  # noqa: E402
from generator.checks.subject import Subject  # noqa: E402
from generator.controls import CONTROLS  # noqa: E402
from generator.landing_zone import load  # noqa: E402
from generator.package.ledger import Ledger  # noqa: E402
from generator.policy.operators import Family  # noqa: E402
from generator.policy.pattern import ARN_SEGMENTS, Glob, Wild  # noqa: E402
from generator.policy.variables import Template  # noqa: E402
from generator.prover.prove import prove  # noqa: E402
from generator.prover.selection import cases  # noqa: E402

LIMIT = 60
THREE = ("own-principals-cannot-change-logs", "own-principals-cannot-change-keys", "nobody-else-touches-logs")
COLD = """
import sys; sys.path.insert(0, {root!r})
from pathlib import Path
from generator.aws.quotas import NEWEST, PROFILES
from generator.checks.proof import Proof
from generator.checks.subject import Subject
from generator.landing_zone import load_organization
from generator.package.readers import read
subject = Subject(read(Path({root!r})), load_organization(Path({root!r}) / "organization.yaml"), PROFILES[NEWEST])
results = Proof(subject).results
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(len(results), sum(result.holds for _, result in results), used.ru_utime + used.ru_stime)
"""


def main() -> None:
    """Measure and print."""
    if (ROOT / "manifest").is_dir():
        done = subprocess.run([sys.executable, "-c", COLD.format(root=str(ROOT))], check=True, capture_output=True, text=True)
        count, held, seconds = done.stdout.split()
        print(f"prove, cold: {count} claims, {held} hold, {float(seconds):.2f} s of CPU (design: under 2)")
    sections = {control.slug: control.section for control in CONTROLS}
    landing_zone = load(ROOT / "landing-zone.yaml", ROOT / "organization.yaml", sections)
    files = build(landing_zone, CONTROLS, Ledger()).files
    proof = Proof(Subject(files, landing_zone.organization, PROFILES[NEWEST]))
    estate = proof.estate(landing_zone.organization)
    total = [0.0, 0.0]
    for _, claim in proof.claims[0]:
        name = claim.id.partition(".")[2]
        began = time.perf_counter()
        (result,) = prove([claim], estate)
        ours = time.perf_counter() - began
        line = f"{name}: {result.verdict}, {ours * 1000:.0f} ms"
        if name in THREE:
            theirs, answer = z3_query(claim, estate)
            total = [total[0] + ours, total[1] + theirs]
            line += f"; z3 {answer} in {theirs:.1f} s, ratio {theirs / ours:.0f}" if answer else "; z3 is not installed"
        print(line)
    if total[1]:
        print(f"the three together: ratio {total[1] / total[0]:.0f} (design: at least 50)")


def z3_query(claim, estate):  # noqa: ANN001, ANN201, C901
    """The claim for one sender's account as one query: seconds and answer (`unsat`: proved); no answer without z3."""
    try:
        import z3  # noqa: PLC0415
    except ImportError:
        return 0.0, ""

    def part(glob, inside):  # noqa: ANN001, ANN202
        pieces = [
            z3.Re(z3.StringVal(it)) if isinstance(it, str) else inside if it is Wild.ONE else z3.Star(inside) for it in glob.parts
        ]
        return z3.Concat(*pieces) if len(pieces) > 1 else pieces[0] if pieces else z3.Re(z3.StringVal(""))

    char = z3.Range(" ", "~")
    no_colon = z3.Union(z3.Range(" ", "9"), z3.Range(";", "~"))

    def arn(text):  # noqa: ANN001, ANN202
        parts = Glob.parse(text).split(":", ARN_SEGMENTS - 1)
        joined = [piece for it in parts[:-1] for piece in (part(it, no_colon), z3.Re(z3.StringVal(":")))]
        return z3.Star(char) if text == "*" else z3.Concat(*joined, part(parts[-1], char))

    action, principal, resource = z3.Strings("action principal resource")
    account = claim.principals.accounts[0] if claim.principals.accounts else "999999999999"
    stack = estate.stack(claim.principals.accounts[0] if claim.layer == "scp" else claim.resource_account)
    statements = [
        statement
        for level in (stack.scps if claim.layer == "scp" else stack.rcps)
        for policy in level.policies
        for statement in policy.statements
        if statement.effect == "Deny"
    ]
    solver = z3.Solver()
    solver.set("timeout", LIMIT * 1000)
    patterns = [it for statement in statements for it in statement.actions.patterns]
    known = [case.action.lower() for case in cases(claim.actions, patterns) if case.known]
    selected = [action == name for name in known]
    for chosen in claim.actions:
        if chosen.unknown:
            any_name = z3.InRe(action, z3.Concat(z3.Re(f"{chosen.service}:"), z3.Plus(z3.Range("a", "z"))))
            harmless = [z3.InRe(action, part(Glob.parse(text.lower()), char)) for text in chosen.known_harmless]
            selected.append(z3.And(any_name, *(z3.Not(it) for it in harmless)))
    solver.add(z3.Or(*selected))
    solver.add(z3.Or(*(z3.InRe(resource, arn(text)) for text in claim.resources)))
    solver.add(z3.InRe(principal, arn(f"arn:aws:iam::{account}:*")))
    solver.add(*(z3.Not(z3.InRe(principal, arn(text))) for text in claim.principals.excepted))

    def holds(condition):  # noqa: ANN001, ANN202
        texts = [it.text for it in condition.operands if isinstance(it, Template)]
        if condition.key == "aws:PrincipalArn":
            met = z3.Or(*(z3.InRe(principal, arn(text)) for text in texts))
        elif condition.key == "aws:PrincipalAccount":
            met = z3.BoolVal(account in texts)
        elif condition.key == "aws:PrincipalIsAWSService":
            return z3.BoolVal(condition.operands == (False,))
        else:
            key = z3.String(condition.key)
            met = z3.Or(*(z3.InRe(key, part(Glob.parse(text), char)) for text in texts)) if texts else z3.Bool(condition.key)
        return z3.Not(met) if condition.operator.negated and condition.operator.family is not Family.NULL else met

    for statement in statements:
        names = z3.Or(*(z3.InRe(action, part(Glob.parse(it.text.lower()), char)) for it in statement.actions.patterns))
        places = z3.Or(*(z3.InRe(resource, arn(it.text)) for it in statement.resources.patterns))
        selects = z3.And(
            z3.Not(names) if statement.actions.negated else names, places, *(holds(it) for it in statement.conditions)
        )
        solver.add(z3.Not(selects))
    began = time.perf_counter()
    answer = solver.check()
    return time.perf_counter() - began, str(answer)


if __name__ == "__main__":
    main()
