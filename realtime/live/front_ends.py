"""The window and the page of a run, and the source that the page may be."""

from contextlib import suppress

from realtime.assembly import Assembly
from realtime.control.panel import ControlPanel
from realtime.control.settings import Settings, settings_path, user_folder
from realtime.live.config import BROWSER, LiveConfig
from realtime.live.devices import Devices, Say, choose_source
from realtime.live.folders import Folders
from realtime.live.page import SESSION_FILE, LivePage
from realtime.live.panel import FilterPreview, preview_portrait
from realtime.sinks.sounds import SoundSink
from realtime.sources.base import Source
from realtime.web.access import LOOPBACK
from realtime.web.server import WebConfig


def open_page(config: LiveConfig, say: Say) -> LivePage:
    """Serve the page, and say where."""
    host = config.page_host or LOOPBACK
    with suppress(OSError):
        # Filters that are made on the page go there, and the run looks there from its start.
        (user_folder() / "filters").mkdir(parents=True, exist_ok=True)
    web = WebConfig(None if config.page == -1 else config.page, host, session_file=user_folder() / SESSION_FILE)
    page = LivePage(web, config.source == BROWSER, config.microphone is not None)
    say(f"page: {page.server.address}")
    if page.server.access.remote:
        say("the picture leaves this machine: whoever has that address sees it, and can steer the program")
    return page


def open_source(
    config: LiveConfig, settings: Settings, devices: Devices, page: LivePage | None, watched: bool, say: Say
) -> tuple[Source, bool]:
    """See `choose_source`; the browser's camera is waited for."""
    if page is not None and config.source == BROWSER:
        say("waiting for the browser's camera: open the page, and allow it (browsers ask only on localhost and https)")
        return page.open_source(), False
    return choose_source(config, settings, devices, paced=watched, say=say)


def add_front_ends(
    config: LiveConfig,
    stages: Assembly,
    devices: Devices,
    panel: ControlPanel,
    page: LivePage | None,
    folders: Folders,
    no_window: str | None,
) -> None:
    """Add the window, the page, or both."""
    if page is not None:
        stages.add(page.sink(panel, folders, config.look.filters_dir, panel.add_filter))
    if no_window:
        return
    stages.add(SoundSink(lambda: panel.state))
    stages.add(
        devices.window(
            panel,
            preview=FilterPreview(config.look.filters_dir),
            portrait=preview_portrait,
            first_run=not settings_path().exists(),
        )
    )
