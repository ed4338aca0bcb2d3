"""Sample pictures read back from the store: the `Frames` port over recorded sample objects."""

from __future__ import annotations

from codek7.core.ports import Store
from codek7.core.records import SampleSet, object_key


class SampleFrames:
    """The pictures of a source, in time order."""

    def __init__(self, store: Store, samples: SampleSet) -> None:
        self._store = store
        self._images = samples.images()

    def __len__(self) -> int:
        return len(self._images)

    def times_us(self) -> tuple[int, ...]:
        """Presentation time of each picture."""
        return tuple(time for _, _, time in self._images)

    def jpeg(self, index: int) -> bytes:
        """One picture, as a JPEG file."""
        record, image, _ = self._images[index]
        return self._store.get(object_key(record.key), image.offset, image.size)
