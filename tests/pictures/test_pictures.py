"""Everything visitors see looks as it did when its picture was accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from .album import Album
from .camera import Camera
from .compare import difference
from .scenes import Scene, pairwise

FAILED = Path(__file__).parent / "failed"

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scene", pairwise(), ids=lambda scene: scene.name)
def test_it_looks_as_it_did_when_it_was_accepted(
    camera: Camera, album: Album, scene: Scene
) -> None:
    now = camera.take(scene)
    files = {kind: FAILED / f"{scene.name}-{kind}.png" for kind in ("now", "difference")}
    for path in files.values():
        path.unlink(missing_ok=True)
    if said := album.judge(scene, now):
        FAILED.mkdir(exist_ok=True)
        now.image.save(files["now"])
        if before := album.find(scene):
            difference(before, now).save(files["difference"])
        pytest.fail(
            f"{scene.name}: {said}. See {files['now']} and {files['difference'].name} beside it. "
            "If it is meant to look so: python -m tests.pictures --accept",
            pytrace=False,
        )


#: One of every part that has texts of its own, in each direction.
SHOWN = {
    (scene.part, scene.direction): scene
    for scene in pairwise()
    if scene.part in ("card", "preferences", "policy", "embed")
}


@pytest.mark.parametrize("scene", SHOWN.values(), ids=lambda scene: scene.name)
def test_no_picture_depends_on_the_fonts_of_a_machine(camera: Camera, scene: Scene) -> None:
    visitor = camera.look_at(scene)
    visitor.cdp("DOM.enable")
    visitor.cdp("CSS.enable")
    root = visitor.cdp("DOM.getDocument")["root"]["nodeId"]
    nodes = visitor.cdp("DOM.querySelectorAll", nodeId=root, selector="body *")["nodeIds"]
    assert nodes
    fonts = [
        font
        for node in nodes
        for font in visitor.cdp("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]
    ]
    assert fonts
    assert {f["familyName"] for f in fonts if not f["isCustomFont"]} == set()
