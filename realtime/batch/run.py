"""From a batch's config to its end: plan, work off, tell."""

from rich.console import Console

from model.plain_text import plain_text
from model.predictor import KeypointPredictor
from realtime.assembly import Look
from realtime.batch.cluster import ClusterWorkers
from realtime.batch.job import Job, sweep
from realtime.batch.plan import BatchConfig, Plan, make_plan
from realtime.batch.progress import Bars, covered, problem, skipped, summary
from realtime.batch.workers import LocalWorkers, Outcome, Workers, work_off
from realtime.control.controls import Controls
from realtime.control.settings import filter_folders
from realtime.cores import usable_cores
from realtime.filters.stack import FilterStack


def run_batch(config: BatchConfig) -> int:
    """Work a batch off, with bars on stderr and a table on stdout; returns how many files failed.

    Raises:
        RealtimeError, ModelError: something is wrong with the batch as a whole; no file was begun.
        KeyboardInterrupt: it was stopped; what was done until then is reported and kept.
    """
    cores = usable_cores()
    plan = make_plan(config, cores)
    check(config.look)
    outcomes: dict[int, Outcome] = {}
    try:
        if plan.jobs:
            _work(plan, _workers(config, plan, cores), outcomes)
    except KeyboardInterrupt:
        _tell(plan, outcomes, config)
        raise
    finally:
        for job in plan.jobs:
            sweep(job)
    _tell(plan, outcomes, config)
    return sum(isinstance(outcome, Exception) for outcome in outcomes.values())


def check(look: Look) -> None:
    """Find out what is wrong with the options before every file fails of it.

    Raises:
        RealtimeError, ModelError: a filter or the weights cannot be loaded.
    """
    FilterStack(Controls(filters=list(look.filters)), filter_folders(look.filters_dir))
    KeypointPredictor(look.weights)


def _workers(config: BatchConfig, plan: Plan, cores: int) -> Workers:
    if config.cluster is not None:
        return ClusterWorkers(config.cluster, len(plan.jobs))
    return LocalWorkers(min(config.jobs or cores, len(plan.jobs)), len(plan.jobs), config.file_timeout_s)


def _work(plan: Plan, workers: Workers, outcomes: dict[int, Outcome]) -> None:
    with Bars(plan.jobs, Console(stderr=True)) as bars:

        def done(job: Job, outcome: Outcome) -> None:
            outcomes[job.number] = outcome
            bars.done(job, outcome)

        work_off(plan.jobs, workers, done, bars.watch)


def _tell(plan: Plan, outcomes: dict[int, Outcome], config: BatchConfig) -> None:
    console, errors = Console(), Console(stderr=True)
    console.print(summary(plan, outcomes, config.out.absolute()))
    if plan.skipped:
        console.print(skipped(plan), markup=False, highlight=False, soft_wrap=True)
    for line in covered(plan, outcomes):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    failed = [(job, outcome) for job in plan.jobs if isinstance(outcome := outcomes.get(job.number), Exception)]
    for job, error in failed:
        errors.print(
            f"error: {plain_text(str(job.input))}: {problem(error)}", markup=False, highlight=False, soft_wrap=True
        )
    counts = {
        "done": len(outcomes) - len(failed),
        "failed": len(failed),
        "there already": len(plan.there),
        "not done": len(plan.jobs) - len(outcomes),
    }
    console.print(", ".join(f"{count} {what}" for what, count in counts.items() if count), highlight=False)
