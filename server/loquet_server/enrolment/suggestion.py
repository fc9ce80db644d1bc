"""What the server suggests as a new unit's ``unit.toml``: doors on the lines of the pinout."""

from collections.abc import Sequence

LINES = (
    {"lock": 17, "contact": 22, "exit": 23, "granted": 5, "denied": 6, "buzzer": 13},
    {"lock": 18, "contact": 26, "exit": 16, "granted": 12, "denied": 19, "buzzer": 20},
)
"""BCM lines of the first two doors, as in ``hardware/pinout.toml``."""
FIRE, REARM = 24, 25


def unit_toml(site: str, unit: str, doors: Sequence[str]) -> str:
    """Return the text for a unit with these doors, each with one RC522 outside."""
    parts = [
        "# Suggested by the server. Check every line against your wiring: loquet-edge pins.",
        "[unit]",
        f'site = "{site}"',
        f'id = "{unit}"',
        'board = "gpiochip0"',
        'data = "/var/lib/loquet"',
        'run = "/run/loquet"',
        'identity = "/var/lib/loquet/identity.json"',
        "",
        "[fire]",
        f"line = {FIRE}",
        f"rearm_line = {REARM}",
    ]
    for at, (door, lines) in enumerate(zip(doors, LINES, strict=False)):
        parts += [
            "",
            "[[doors]]",
            f'id = "{door}"',
            'lock = "strike"',
            'fail = "secure"',
            f"lock_line = {lines['lock']}",
            'lock_active = "high"',
            f"contact_line = {lines['contact']}",
            'exit = "button"',
            f"exit_line = {lines['exit']}",
            f"led_granted_line = {lines['granted']}",
            f"led_denied_line = {lines['denied']}",
            f"buzzer_line = {lines['buzzer']}",
            "",
            "[[readers]]",
            f'id = "{door}-reader"',
            'driver = "rc522"',
            "bus = 0",
            f"device = {at}",
            f'door = "{door}"',
            f'access_point = "{door}-in"',
        ]
    return "\n".join(parts) + "\n"
