"""The one check command: `python -m tests.check` runs lint, format, types and the import-direction test."""

import subprocess
import sys

from tests.paths import ROOT

CHECKS = (
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy"],
    ["pytest", "tests/test_imports.py"],
)


def main() -> int:
    """Run every check, each as a module of this Python; 0 if all passed."""
    failed = []
    for module, *arguments in CHECKS:
        print(f"== {module} {' '.join(arguments)}", flush=True)
        if subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False).returncode:
            failed.append(module)
    print(f"check failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
