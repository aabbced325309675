"""The commands on labels: bring them in, take them out, check them."""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from model.plain_text import counted
from train.cli.guard import guarded
from train.cli.options import ExportFormat, ImagesOption, LabelFormat, OverwriteOption
from train.config import TrainConfig
from train.data.split import describe_people
from train.errors import OptionError, OutputError
from train.outputs import check_output, new_file

if TYPE_CHECKING:
    from train.data.annotations import Annotations

_DEFAULTS = TrainConfig()


def import_labels(
    kind: Annotated[
        LabelFormat,
        typer.Argument(metavar="FORMAT", help="pts, dlib, wflw, kaggle, coco, cvat, label-studio, labelme or log."),
    ],
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The format's file, or a folder of .pts or LabelMe's files.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="Where the labels go, in the layout of training.")],
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the pictures. Default: found beside the labels.")
    ] = None,
    video: Annotated[Path | None, typer.Option(metavar="FILE", help="For log: the video that was logged.")] = None,
    count_from: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1,
            metavar="0|1",
            help="Coordinate of the first pixel. Default: the format's own; for pts, 1 unless labels say otherwise.",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Turn labels of other formats into the CSV that training reads, checked, with a sheet to look at.

    \b
    pts: a folder of iBUG's .pts files beside their pictures.
    dlib: the XML of dlib and imglab.
    wflw: WFLW's list of 98 points, of which 68 are taken.
    kaggle: Kaggle's training.csv, whose pictures are written as PNG; 13 of its 15 points are among the 68.
    coco: COCO keypoints, 68 a person.
    cvat: CVAT for images 1.1; skeletons of 68 points, or shapes of 68.
    label-studio: its JSON or JSON-MIN, key points called 0 to 67.
    labelme: a folder of LabelMe's files, points called 0 to 67.
    log: this program's own --log, with --video.

    \b
    Example:
    python -m train import pts helen/trainset --out helen.csv
    """

    def start() -> None:
        from train.data.annotations import read_annotations
        from train.data.importers import ImportOptions
        from train.data.importers import import_labels as read
        from train.evaluation.plots import save_figure
        from train.label_sheet import LEGEND, MOST, draw_labels

        sheet = out.with_name(f"{out.stem}-sheet.png")
        check_output(out, "the labels", overwrite=overwrite, inputs=(path, *((video,) if video else ())))
        check_output(sheet, "the sheet", overwrite=overwrite, inputs=(path, *((video,) if video else ())))
        try:
            with new_file(out, "the labels", overwrite=overwrite) as half:
                imported = read(kind, path, out, half, ImportOptions(images, video, count_from, overwrite))
        except OSError as error:
            raise OutputError(f"cannot write {error.filename}: {error.strerror}; give another --out") from error
        missing = sum(int(np.isnan(points).any(axis=1).sum()) for points in imported.points)
        typer.echo(f"{out}: {counted(len(imported.names), 'face')}, {counted(missing, 'point')} not labelled")
        if imported.counted:
            typer.echo(imported.counted)
        folder = None if imported.images_dir == out.absolute().parent else imported.images_dir
        annotations = read_annotations(out, folder)
        chosen = np.linspace(0, len(annotations) - 1, min(MOST, len(annotations))).round().astype(int).tolist()
        save_figure(draw_labels(annotations, chosen, f"{out.name}: {LEGEND}"), sheet)
        typer.echo(f"look at them: {sheet}")
        if folder is not None:
            typer.echo(f"name their folder to the other commands: --csv {out} --images {folder}")

    guarded(start)


def export_labels(
    kind: Annotated[
        ExportFormat, typer.Argument(metavar="FORMAT", help="pts, dlib, coco, cvat, label-studio or labelme.")
    ],
    csv_file: Annotated[Path, typer.Argument(metavar="CSV", help="Labels in the layout of training.")],
    out: Annotated[Path, typer.Option(metavar="PATH", help="The file; for pts and labelme, an empty folder.")],
    images: ImagesOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Turn a CSV of labels into another format, to correct them in another tool or to train something else.

    \b
    Example:
    python -m train export-labels coco my/labels.csv --out my/labels.json
    """

    def start() -> None:
        from train.data import exporters
        from train.data.annotations import read_annotations

        annotations = read_annotations(csv_file, images)
        if kind in exporters.FOLDERS:
            _check_folder(out, overwrite)
            try:
                out.mkdir(parents=True, exist_ok=True)
                count = exporters.export_labels(kind, annotations, out)
            except OSError as error:
                raise OutputError(f"cannot write {error.filename}: {error.strerror}; give another --out") from error
        else:
            check_output(out, "the labels", overwrite=overwrite, inputs=(csv_file,))
            with new_file(out, "the labels", overwrite=overwrite) as half:
                count = exporters.export_labels(kind, annotations, half)
        typer.echo(f"{out}: {counted(count, 'face')}")

    guarded(start)


def _check_folder(folder: Path, overwrite: bool) -> None:
    if folder.is_file():
        raise OptionError(f"--out {folder} is a file, and this format is a folder of files; give a folder")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise OutputError(f"the folder {folder} is not empty; give another --out, or --overwrite to replace its files")


def check(
    csv_file: Annotated[Path, typer.Argument(metavar="CSV", help="Labels in the layout of training.")],
    images: ImagesOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Where the sheet of the worst goes. Default: CSV-check.png, or CSV-check-2.png.",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Look for nonsense in labels before training on them: list it all, and draw the worst.

    It finds cells that are not numbers, missing pictures, coordinates between 0 and 1, tiny faces, points far outside,
    left and right swapped, labels of a photo as it was before its EXIF entry turned it, repeated rows, faces that are
    not where the labels say, and the wrong folder of pictures.

    \b
    Example:
    python -m train check my/labels.csv
    """

    def start() -> None:
        from train.data.annotations import read_annotations

        picture = sheet or _free_name(csv_file)
        problems: dict[int, str] = {}
        annotations = read_annotations(csv_file, images, problems)
        check_output(picture, "the sheet", overwrite=overwrite, inputs=(csv_file,))
        for message in problems.values():
            typer.echo(message)
        if _report(annotations, picture, "nothing else found" if problems else "nothing found") or problems:
            raise typer.Exit(1)

    guarded(start)


def _free_name(csv_file: Path) -> Path:
    """`labels-check.png` beside `labels.csv`, or the first of `labels-check-2.png` and so on that does not exist."""
    names = (csv_file.with_name(f"{csv_file.stem}-check{'' if n == 1 else f'-{n}'}.png") for n in count(1))
    return next(name for name in names if not name.exists())


def _report(annotations: "Annotations", picture: Path, nothing: str) -> bool:
    """Print what is found, or `nothing`, and draw the worst; gives whether there is anything."""
    from model.predictor import KeypointPredictor
    from train.data.checks import check_labels, count_kinds, doubt_folder, other_folder
    from train.evaluation.evaluate import progress
    from train.evaluation.plots import save_figure
    from train.label_sheet import LEGEND, MOST, draw_labels

    predictor = KeypointPredictor()
    findings = check_labels(annotations, predictor, progress(range(len(annotations)), "check", quiet=False))
    for finding in findings:
        typer.echo(f"row {annotations.rows[finding.index]} ({annotations.names[finding.index]}): {finding.words}")
    for doubt in filter(None, (doubt_folder(annotations, findings, predictor), other_folder(annotations))):
        typer.echo(doubt)
    kinds = ", ".join(f"{count} {kind}" for kind, count in count_kinds(findings).items()) or nothing
    faces = f"{counted(len(annotations), 'face')} of {describe_people(annotations.people)}"
    typer.echo(f"{faces} in {annotations.images_dir}: {kinds}")
    worst = sorted((f for f in findings if f.kind != "not pictures"), key=lambda finding: -finding.weight)[:MOST]
    if worst:
        words = [f"row {annotations.rows[f.index]}: {f.kind}" for f in worst]
        title = f"{annotations.csv_path.name}: the worst; {LEGEND}"
        save_figure(draw_labels(annotations, [f.index for f in worst], title, words), picture)
        typer.echo(f"look at the worst: {picture}")
    return bool(findings)
