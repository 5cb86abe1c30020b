"""The base of every result: frozen, strict, with the JSON object that other programs read; fields are a contract."""

from dataclasses import fields
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Result(BaseModel):
    """A value that crosses a border of the program: command line, MCP, REST. Fields are added, never removed or renamed."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    optional: ClassVar[frozenset[str]] = frozenset()
    """Fields that the JSON object leaves out while they hold None."""

    @classmethod
    def copied(cls, value: Any, **others: Any) -> Self:
        """The result with what a dataclass holds under the same names, and others beside it.

        A field that the dataclass gains and this result declares appears without another line of code.
        """
        known = {one.name: getattr(value, one.name) for one in fields(value) if one.name in cls.model_fields}
        return cls.model_validate(known | others, from_attributes=True)

    def as_json(self) -> dict[str, Any]:
        """The JSON object, as `study --json` prints it."""
        values = self.model_dump(mode="json")
        return {name: value for name, value in values.items() if value is not None or name not in self.optional}
