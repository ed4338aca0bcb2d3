"""Folders of a home: for its owner alone, unless that one opens them."""

from __future__ import annotations

from pathlib import Path

from codek7.core.errors import HomeFaulty


def make_private(folder: Path) -> None:
    """Make a folder, and what is missing of the way to it, with rights for nobody else; those that are there
    stay as they are. (`Path.mkdir` gives its mode to the last one only.)

    Raises `HomeFaulty` where something else has the name, and `OSError`.
    """
    for each in reversed([each for each in (folder, *folder.parents) if not each.is_dir()]):
        try:
            each.mkdir(mode=0o700, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise HomeFaulty(
                f"{each} is no folder", hint="move it away: codek7 makes the folder that it needs"
            ) from error
