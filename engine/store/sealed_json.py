"""Results as JSON with the digest of the text before it, so that no flipped bit is believed."""

import hashlib
from typing import Any

from prefect.serializers import JSONSerializer
from pydantic import Field

from engine.errors import DamagedFile

SEAL_BYTES = 64


class SealedJSONSerializer(JSONSerializer[Any]):
    """Prefect's JSON with the sha256 of the text in front; a text that differs is refused."""

    type: str = Field(default="sealed-json", frozen=True)

    def dumps(self, obj: Any) -> bytes:
        """Return the digest in 64 hexadecimal digits, followed by the JSON text."""
        text = super().dumps(obj)
        return hashlib.sha256(text).hexdigest().encode() + text

    def loads(self, blob: bytes) -> Any:
        """Return the object if the text is the one that was sealed.

        Raises
        ------
        DamagedFile
            If the digest in front is not the text's; nothing has been decoded then.
        """
        seal, text = blob[:SEAL_BYTES], blob[SEAL_BYTES:]
        if hashlib.sha256(text).hexdigest().encode() != seal:
            raise DamagedFile("A stored result is not the text that was sealed.")
        return super().loads(text)
