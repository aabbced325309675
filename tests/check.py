"""The one check command: `python -m tests.check` says yes or no.

It runs lint, format and types, then every test with a floor for the coverage. `--fast` runs only the tests of
imports and package.
"""

import subprocess
import sys

from tests.paths import ROOT

COVERAGE_FLOOR = 90
"""Per cent of lines and branches; the suite reaches more where the dataset and clips lie beside the project."""
FAST = (
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy"],
    ["pytest", "-n", "0", "tests/test_imports.py", "tests/test_package.py"],
)
TESTS = ["pytest", "--cov", "--cov-report=", "-m", "not alone"]
ALONE = [
    *("pytest", "-n", "0", "-m", "alone", "--cov", "--cov-append", "--cov-report=term:skip-covered"),
    f"--cov-fail-under={COVERAGE_FLOOR}",
]
"""Whole programs before cameras, microphones and windows of our own, by the real clock: with nothing beside them."""


def main(arguments: list[str]) -> int:
    """Run every check, each as a module of this Python; 0 if all passed."""
    checks = FAST if "--fast" in arguments else (*FAST[:-1], TESTS, ALONE)
    failed = []
    for module, *options in checks:
        print(f"== {module} {' '.join(options)}", flush=True)
        if subprocess.run([sys.executable, "-m", module, *options], cwd=ROOT, check=False).returncode:
            failed.append(module)
    print(f"check failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
