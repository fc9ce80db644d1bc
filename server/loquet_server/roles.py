"""Operators' roles, and what each may do: for requests (``who``) and for the shell."""

from enum import StrEnum


class Role(StrEnum):
    """What an operator is for."""

    OWNER = "owner"
    MANAGER = "manager"
    HOST = "host"
    """Welcomes people: hands out badges, lets guests in, releases a door."""
    INSTALLER = "installer"
    READ_ONLY = "read_only"


class Permission(StrEnum):
    """What a route may demand; also the scopes of API tokens."""

    LIVE_READ = "live:read"
    """States, counts and names of doors; no names of people."""
    LOG_READ = "log:read"
    """Logs that name people: every look is itself recorded."""
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    BADGES_WRITE = "badges:write"
    PLANS_READ = "plans:read"
    PLANS_WRITE = "plans:write"
    PASSES_WRITE = "passes:write"
    HOURS_READ = "hours:read"
    HOURS_WRITE = "hours:write"
    DOORS_RELEASE = "doors:release"
    DOORS_LOCKDOWN = "doors:lockdown"
    DOORS_WRITE = "doors:write"
    UNITS_READ = "units:read"
    UNITS_WRITE = "units:write"
    EXPLAIN = "explain:read"
    DATA_EXPORT = "data:export"
    DATA_IMPORT = "data:import"
    AUDIT_READ = "audit:read"
    SETTINGS_WRITE = "settings:write"
    OPERATORS_WRITE = "operators:write"
    SELF = "self:write"
    """One's own account, password, sessions and tokens."""
    PEOPLE_CORRECT = "people:correct"
    """Say how many people are inside."""
    EVACUATION_READ = "evacuation:read"
    """Who may still be inside, by name."""
    BOOKINGS_READ = "bookings:read"
    BOOKINGS_WRITE = "bookings:write"
    FLOORS_WRITE = "floors:write"
    PRIVACY_WRITE = "privacy:write"
    """Retention, and the erasure of a person."""
    HOOKS_WRITE = "hooks:write"
    """What other programs are told."""
    BENCH = "bench:write"
    """The simulated hardware."""


P = Permission
_READ = frozenset({P.LIVE_READ, P.PLANS_READ, P.HOURS_READ, P.UNITS_READ, P.SELF})
_HOST = _READ | {
    P.LOG_READ, P.MEMBERS_READ, P.MEMBERS_WRITE, P.BADGES_WRITE, P.PASSES_WRITE, P.DOORS_RELEASE,
    P.DOORS_LOCKDOWN, P.EXPLAIN, P.PEOPLE_CORRECT, P.EVACUATION_READ, P.BOOKINGS_READ,
    P.BOOKINGS_WRITE, P.BENCH,
}  # fmt: skip
_MANAGER = _HOST | {
    P.PLANS_WRITE, P.HOURS_WRITE, P.DOORS_WRITE, P.UNITS_WRITE, P.DATA_EXPORT, P.DATA_IMPORT,
    P.AUDIT_READ, P.FLOORS_WRITE, P.PRIVACY_WRITE,
}  # fmt: skip
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: _MANAGER,
    Role.HOST: _HOST,
    Role.INSTALLER: _READ
    | {
        P.DOORS_WRITE,
        P.UNITS_WRITE,
        P.DOORS_RELEASE,
        P.FLOORS_WRITE,
        P.BENCH,
    },
    Role.READ_ONLY: _READ,
}
