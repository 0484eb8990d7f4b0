"""Every knob as a row of a markdown table: ``python -m flows.knobs`` writes the README's."""

from flows.config import ENVIRONMENT_PREFIX, RunConfig


def knob_table() -> str:
    """Return option, environment variable, default and meaning of every knob."""
    rows = [
        f"| `--{name.replace('_', '-')}` | `{ENVIRONMENT_PREFIX}{name.upper()}` "
        f"| {_default(field.default)} | {field.description} |"
        for name, field in RunConfig.model_fields.items()
    ]
    head = "| option | environment variable | default | meaning |\n|---|---|---|---|"
    return "\n".join([head, *rows])


def _default(value: object) -> str:
    if value is None or value == ():
        return "none"
    return f"`{','.join(value)}`" if isinstance(value, tuple) else f"`{value}`"


if __name__ == "__main__":
    print(knob_table())  # noqa: T201 - this is what it is for
