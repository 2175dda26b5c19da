"""Whether a call's parameters are such as AWS's models allow. botocore checks what is required, unknown, of another type or too
short; AWS refuses by the models' maximum, list of values and pattern as well, which are added here."""

import functools

import regex
from botocore.validate import ParamValidator

from judge import models


class Validator(ParamValidator):
    """botocore's own, with the rest of what the models say."""

    # A list whose members have these is looked into member by member.
    VALIDATED_METADATA_ATTRS = ParamValidator.VALIDATED_METADATA_ATTRS | {"max", "enum", "pattern"}

    def violations(self, params, shape) -> list[tuple[str, str]]:
        """The violations, as pairs of a parameter's name and what is wrong with it."""
        self.found = []
        errors = self.validate(params, shape)
        return [(name_of(error), errors._format_error(error)) for error in errors._errors] + self.found

    def _validate_string(self, param, shape, errors, name):
        super()._validate_string(param, shape, errors, name)
        if not isinstance(param, str):
            return
        self._at_most(len(param), shape, name, "characters")
        if (values := shape.metadata.get("enum")) and param not in values:
            self._wrong(name, f"is {param!r}: it must be one of {', '.join(values)}")
        if (pattern := shape.metadata.get("pattern")) and not compiled(pattern).fullmatch(param):
            self._wrong(name, f"is {param!r}: it must match {pattern}")

    def _validate_list(self, param, shape, errors, name):
        super()._validate_list(param, shape, errors, name)
        if isinstance(param, list):
            self._at_most(len(param), shape, name, "entries")

    def _validate_map(self, param, shape, errors, name):
        super()._validate_map(param, shape, errors, name)
        if isinstance(param, dict):
            self._at_most(len(param), shape, name, "entries")

    def _validate_integer(self, param, shape, errors, name):
        super()._validate_integer(param, shape, errors, name)
        if isinstance(param, int):
            self._at_most(param, shape, name, "")

    _validate_long = _validate_integer

    def _at_most(self, value, shape, name, unit):
        if (limit := shape.metadata.get("max")) is not None and value > limit:
            self._wrong(name, f"is {value} {unit}".rstrip() + f": it must be at most {limit}")

    def _wrong(self, name, text):
        self.found.append((name.lstrip(".") or "input", text))


# How Java writes all characters beyond 16 bits.
SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"


@functools.cache
def compiled(pattern: str):
    """The models' patterns are Java's, of which Python's own library lacks classes of Unicode."""
    return regex.compile(pattern.replace(SURROGATES, r"\U00010000-\U0010FFFF"))


def name_of(error) -> str:
    """The parameter that an error of botocore is about."""
    _, name, more = error
    return ".".join(part for part in (name.lstrip("."), more.get("required_name") or more.get("unknown_param")) if part) or "input"


def violations(service_name: str, model, sent: dict) -> list[tuple[str, str]]:
    """What AWS would refuse of a call's parameters, as pairs of a name and a reason."""
    read, unknown = models.parameters(service_name, model, sent)
    found = [(name, "is unknown: the operation has no such parameter") for name in unknown]
    if model.input_shape is not None:
        found += Validator().violations(read, model.input_shape)
    return found
