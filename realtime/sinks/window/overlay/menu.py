"""The menus of cameras and microphones, above their buttons."""

from typing import Final

from model.arrays import Image
from realtime.control.actions import Action, info_of
from realtime.control.state import DeviceMenu, State
from realtime.drawing.text import fitted_text, text_size_wh
from realtime.sinks.window.overlay.theme import (
    ACCENT,
    FAINT,
    HOVER,
    SOFT,
    WHITE,
    Rect,
    draw_icon,
    draw_plate,
    draw_text,
)
from realtime.sinks.window.pointer import Pointer

_CHOICE: Final = {Action.CAMERAS: Action.CAMERA, Action.MICROPHONES: Action.MICROPHONE}


class Menu:
    """A list of devices to choose from by mouse or keyboard; closed while `opened` is None."""

    def __init__(self) -> None:
        self.opened: Action | None = None
        self._marked: int | None = None
        self._rows: list[Rect] = []
        self._rect: Rect | None = None

    def toggle(self, action: Action) -> None:
        """Open the menu of an action, or close it."""
        self.opened = None if self.opened is action else action
        self._marked = None
        self._rows, self._rect = [], None

    def close(self) -> None:
        """Close it."""
        self.opened = None

    def covers(self, x: int, y: int) -> bool:
        """Whether the menu lies at that place."""
        return self.opened is not None and self._rect is not None and self._rect.holds(x, y)

    def point(self, pointer: Pointer, state: State) -> tuple[Action, str] | None:
        """Follow the mouse; the choice that it made."""
        row = next((number for number, rect in enumerate(self._rows) if rect.holds(pointer.x, pointer.y)), None)
        if pointer.kind == "move":
            self._marked = row
        elif pointer.kind == "press" and row is not None:
            return self._chosen(row, state)
        return None

    def press(self, key: str, state: State) -> tuple[bool, tuple[Action, str] | None]:
        """Whether the key was for the menu, and the choice that it made."""
        if self.opened is None or key not in ("up", "down", "enter", "escape"):
            return False, None
        count = len(self._devices(state).entries)
        if key == "escape":
            self.close()
        elif key == "enter":
            return True, None if self._marked is None else self._chosen(self._marked, state)
        elif count:
            step = 1 if key == "down" else -1
            self._marked = (0 if step > 0 else count - 1) if self._marked is None else (self._marked + step) % count
        return True, None

    def draw(self, canvas_bgr: Image, state: State, size_px: int, button: Rect | None, bottom: int) -> None:
        """Draw it above its button, or in the middle above `bottom`."""
        if self.opened is None:
            return
        devices = self._devices(state)
        row_px, pad = round(size_px * 2.1), round(size_px * 0.7)
        title = info_of(self.opened).label + (" (opening ...)" if devices.busy else "")
        names = [entry.name for entry in devices.entries] or ["looking ..."]
        widest = max(text_size_wh(name, size_px)[0] for name in [*names, title])
        width = min(widest + round(size_px * 4.6), canvas_bgr.shape[1] - 2 * pad)
        height = row_px * (len(names) + 1) + pad
        middle = button.x + button.width // 2 if button else canvas_bgr.shape[1] // 2
        x = min(max(middle - width // 2, pad), canvas_bgr.shape[1] - width - pad)
        self._rect = Rect(x, max(pad, bottom - height - pad), width, height)
        draw_plate(canvas_bgr, self._rect, size_px, opacity=0.88)
        text_y = (row_px - round(size_px * 1.2)) // 2
        draw_text(canvas_bgr, title, (x + size_px, self._rect.y + text_y), size_px, FAINT)
        self._rows = []
        for number, name in enumerate(names):
            row = Rect(x + pad // 2, self._rect.y + (number + 1) * row_px, width - pad, row_px)
            chosen = bool(devices.entries) and devices.entries[number].key == devices.chosen
            if number == self._marked and devices.entries:
                draw_plate(canvas_bgr, row, size_px // 2, WHITE, HOVER)
            if chosen:
                place = row.x + round(size_px * 1.1), row.y + row_px // 2
                draw_icon(canvas_bgr, "chosen", place, round(size_px * 1.1), ACCENT)
            text = fitted_text(name, size_px, row.width - round(size_px * 2.8))
            color = WHITE if chosen else SOFT
            draw_text(canvas_bgr, text, (row.x + round(size_px * 2.2), row.y + text_y), size_px, color)
            if devices.entries:
                self._rows.append(row)

    def _devices(self, state: State) -> DeviceMenu:
        return state.cameras if self.opened is Action.CAMERAS else state.microphones

    def _chosen(self, row: int, state: State) -> tuple[Action, str] | None:
        entries = self._devices(state).entries
        if self.opened is None or row >= len(entries):
            return None
        choice = _CHOICE[self.opened], entries[row].key
        self.close()
        return choice
