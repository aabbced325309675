"""What the shell offers when Tab is pressed. Errors are not for here: then nothing is offered."""

from pathlib import Path

import typer

from realtime.errors import RealtimeError


def filter_names(context: typer.Context, incomplete: str) -> list[str]:
    """Names of filters, the user's own and those of `--filters-dir` among them."""
    from realtime.control.settings import filter_folders
    from realtime.filters.packs.registry import available

    extra: Path | None = context.params.get("filters_dir")
    try:
        return [name for name in sorted(available(filter_folders(extra))) if name.startswith(incomplete)]
    except RealtimeError:
        return []


def sources(incomplete: str) -> list[str]:
    """The demo, once begun; for all else nothing, so that the shell offers its files."""
    return ["demo"] if incomplete and "demo".startswith(incomplete) else []


def bench_parts(incomplete: str) -> list[str]:
    """Tables of the benchmark."""
    from realtime.benchmarks.run import PARTS

    return [part for part in PARTS if part.startswith(incomplete)]
