"""Ends runs in every node, and damages every artifact: what is told, what is made again.

    python -m tests.faults                    all of it, two hours on two cores
    python -m tests.faults --ends kill --nodes Trainer.candidate Pusher
    python -m tests.faults --damage flip --nodes Transform

Each case starts from a copy of a folder of runs, is disturbed once, and is then run again by the
same command. It is sound where that ends with the figures of an undisturbed run. The command ends
with 1 where one is not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.e2e.workshop import Workshop
from tests.faults.cases import DAMAGES, ENDS, RUN, Case, Faults

_HEADER = ("node", "disturbed by", "exit code", "it said", "made again", "sound")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--ends", nargs="*", choices=ENDS, help="of runs (default: all)")
    parser.add_argument("--damage", nargs="*", choices=DAMAGES, help="of artifacts (default: all)")
    parser.add_argument("--nodes", nargs="*", metavar="NODE", help="only these")
    options = parser.parse_args(argv)
    both = options.ends is None and options.damage is None
    ends = ENDS if both else options.ends or []
    damages = DAMAGES if both else options.damage or []
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        ended = workshop.run(*RUN)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        faults = Faults(workshop)
        nodes = options.nodes or faults.nodes
        print("| " + " | ".join(_HEADER) + " |\n" + "|---" * len(_HEADER) + "|", flush=True)
        cases: list[Case] = []
        for case in faults.cases(nodes, ends, damages):
            print(f"| {' | '.join(case.cells)} |", flush=True)
            cases.append(case)
    failed = [case for case in cases if not case.sound]
    print(f"\n{len(cases)} cases, {len(failed)} not sound")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
