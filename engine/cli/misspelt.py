"""Options and environment variables that no command has: told with the nearest name."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from pydantic_settings import BaseSettings

from engine.errors import UsageError


def refuse_unknown_options(options: type[BaseSettings], arguments: Iterable[str]) -> None:
    """Refuse a word that begins as an option does and is none.

    Raises
    ------
    UsageError
        Names the nearest option.
    """
    known = _option_names(options)
    for word in arguments:
        if word == "--":
            return
        name = word.partition("=")[0]
        if name.startswith("--") and name not in known:
            raise UsageError(
                f"Asked for the option {name}; there is none. {_nearest(name, known)}See --help "
                "for every option, its default and its bounds."
            )


def refuse_unknown_variables(
    environment: Mapping[str, str], prefix: str, known: Collection[str]
) -> None:
    """Refuse an environment variable with the prefix of the options that sets none of them.

    Raises
    ------
    UsageError
        Names the nearest variable.
    """
    for name in environment:
        if name.upper().startswith(prefix) and name.upper() not in known:
            raise UsageError(
                f"The environment sets {name}; no command has such an option. "
                f"{_nearest(name.upper(), known)}Correct the name, or unset it."
            )


def refuse_what_is_no_text(words: Iterable[str]) -> None:
    """Refuse a word that is not text in the encoding of this process, such as a folder's name.

    Raises
    ------
    UsageError
        If what it holds could not be written into a record.
    """
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise UsageError(
                f"Found {word!a} on the command line or in the environment; it is not text in the "
                "encoding of this process. Rename it, or set PYTHONUTF8=1 if its letters are "
                "UTF-8."
            ) from None


def _option_names(options: type[BaseSettings]) -> list[str]:
    shortcuts: Mapping[str, str] = options.model_config.get("cli_shortcuts") or {}  # type: ignore[assignment]  # one name each
    names = ["help", "version", *shortcuts.values()]
    for field, found in options.model_fields.items():
        names.append(field.replace("_", "-"))
        if found.annotation is bool:
            names.append(f"no-{names[-1]}")
    return [f"--{name}" for name in names]


def _nearest(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"The nearest is {near[0]}. " if near else ""
