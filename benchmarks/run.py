"""Measures `/introspect` and `/token` on one core, beside node-oidc-provider in the same minutes.

    python benchmarks/run.py [--rounds 5] [--seconds 3] [--cases keys,opaque,...] [--json FILE]
    python benchmarks/run.py --threads 1,2,4,8,16        how many threads a worker wants

Prints one table; what it means stands in README.md beside this file.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import load
import servers
from load import CASES, Case, Load, Measured

WARM_UP_SECONDS = 2
DEFAULT_CASES = "keys,opaque,jwt,jwt_unseen,garbage,cc_es256,cc_opaque,refresh"
THREAD_CASES = "keys,opaque,cc_es256"
#: (case, server) -> one Measured a round
Results = dict[tuple[str, str], list[Measured]]
#: The load of a case in a round, made when its turn comes.
Source = Callable[[Case, int], Load | None]


def main() -> int:
    options = arguments()
    if not shutil.which("wrk"):
        print("wrk is not installed (Debian: apt install wrk)", file=sys.stderr)
        return 2
    cases = [case for case in CASES if case.name in options.cases.split(",")]
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authserver-benchmark-")))
        loads = servers.seed(directory)
        sources = thread_sources(stack, directory, loads, options) or sources_of(stack, directory, loads, options)
        results = measure(cases, sources, rounds=options.rounds, seconds=options.seconds)
    print(table(cases, list(sources), results))
    if options.json:
        Path(options.json).write_text(json.dumps(document(cases, results, options), indent=1) + "\n", encoding="utf-8")
    failed = failures(results)
    print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; the median counts")
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--cases", help=f"by name, of {','.join(case.name for case in CASES)}")
    parser.add_argument("--json", help="write everything that was measured to this file")
    parser.add_argument("--threads", help="compare numbers of granian's blocking threads, without the peer")
    parser.add_argument("--granian", type=int, metavar="N", help="granian with N threads instead of `authserver run`")
    parser.add_argument("--node", default="node", help="the node that the peer runs on")
    options = parser.parse_args()
    options.cases = options.cases or (THREAD_CASES if options.threads else DEFAULT_CASES)
    if options.rounds + 1 > 40:
        parser.error("at most 39 rounds: there are 40 files of refresh tokens")
    return options


def sources_of(stack: ExitStack, directory: Path, loads: Path, options: argparse.Namespace) -> dict[str, Source]:
    """Our server, and the peer where it can run."""
    threads = options.granian
    started = servers.ours_by_granian(directory, blocking_threads=threads) if threads else servers.ours(directory)
    server = stack.enter_context(started)
    sources: dict[str, Source] = {"ours": partial(_load_of, server, loads)}
    if missing := servers.peer_is_missing(options.node):
        print(f"The peer is left out, there are no ratios: {missing}.", file=sys.stderr)
        return sources
    peer = stack.enter_context(servers.peer(directory, node=options.node))
    return {**sources, "peer": lambda case, _number: load.peer_load(peer, loads, case) if case.against else None}


def thread_sources(stack: ExitStack, directory: Path, loads: Path, options: argparse.Namespace) -> dict[str, Source]:
    """Our server once for each number of threads, all on one core and one database; idle ones cost nothing."""
    sources: dict[str, Source] = {}
    for count in [int(text) for text in (options.threads or "").split(",") if text]:
        server = stack.enter_context(servers.ours_by_granian(directory, blocking_threads=count))
        sources[str(count)] = partial(_load_of, server, loads)
    return sources


def _load_of(server: servers.Server, loads: Path, case: Case, number: int) -> Load:
    return load.our_load(server, loads, case, number)


def measure(cases: list[Case], sources: dict[str, Source], *, rounds: int, seconds: int) -> Results:
    """Round 0 warms up and does not count. In a round each case is measured at every server, one after the other."""
    generator = load.Generator()
    results: Results = {(case.name, server): [] for case in cases for server in sources}
    for number in range(rounds + 1):
        for case in cases:
            for server, source in sources.items():
                sent = source(case, number)
                if sent is None:
                    continue
                load.check(sent)
                measured = generator.measure(sent, seconds if number else WARM_UP_SECONDS)
                load.check(sent)
                if number:
                    results[case.name, server].append(measured)
        print(f"round {number} of {rounds} done", file=sys.stderr)
    return results


# -- what was found --------------------------------------------------------------------------------------------------


def table(cases: list[Case], names: list[str], results: Results) -> str:
    """By the clock, by the server's processor time, and how long the slowest hundredth took."""
    columns = [*_headed(names, "/s"), *_headed(names, "/cpu s"), "goal", *(f"{name} p99 ms" for name in names)]
    rows = [["case", *columns], ["---"] * (len(columns) + 1)]
    for case in cases:
        runs = {name: results[case.name, name] for name in names}
        slowest = [f"{statistics.median(one.p99_ms for one in run):.1f}" for run in runs.values()]
        goal = f">= {case.goal}" if case.goal else ""
        figures = [*_compared(runs, "per_second"), *_compared(runs, "per_cpu_second")]
        rows.append([case.title, *figures, goal, *slowest])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _headed(names: list[str], unit: str) -> list[str]:
    return [*(name + unit for name in names), *(["ratio", "lowest-highest"] if "peer" in names else [])]


def _compared(runs: dict[str, list[Measured]], figure: str) -> list[str]:
    """Medians, and where there is a peer the ratio: round by round, since what disturbs one of a pair disturbs both."""
    by_server = {name: [getattr(one, figure) for one in run] for name, run in runs.items()}
    cells = [f"{statistics.median(values):,.0f}" for values in by_server.values()]
    if "peer" not in runs:
        return cells
    pairs = zip(by_server["ours"], by_server["peer"], strict=True)
    ratios = [ours / peer if peer else 0.0 for ours, peer in pairs]
    return [*cells, f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f}-{max(ratios):.2f}"]


def failures(results: Results) -> list[str]:
    """A figure with failed requests in it is no figure."""
    counts = {key: sum(run.failed for run in runs) for key, runs in results.items()}
    return [f"{server} failed {count} requests of the case {name}" for (name, server), count in counts.items() if count]


def document(cases: list[Case], results: Results, options: argparse.Namespace) -> dict[str, Any]:
    """Everything, for a later comparison. It names the class of the machine, not the machine."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.system()},
        "python": platform.python_version(),
        "node": version([options.node, "--version"]),
        "peer": peer_version(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "connections": load.CONNECTIONS,
        "cases": [
            {"name": case.name, "title": case.title, "goal": case.goal, "servers": by_server(case, results)}
            for case in cases
        ],
    }


def by_server(case: Case, results: Results) -> dict[str, Any]:
    return {
        server: {
            "median_per_second": statistics.median(run.per_second for run in runs),
            "rounds": [run.document() for run in runs],
        }
        for (name, server), runs in results.items()
        if name == case.name and runs
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def version(call: list[str]) -> str | None:
    if not shutil.which(call[0]):
        return None
    return subprocess.run(call, capture_output=True, text=True, check=False).stdout.strip()


def peer_version() -> str:
    package = json.loads((servers.PEER / "package.json").read_text(encoding="utf-8"))
    return f"oidc-provider {package['dependencies']['oidc-provider']}"


if __name__ == "__main__":
    sys.exit(main())
