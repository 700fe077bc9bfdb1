"""Why a picture could not be read; the codes are stored with the picture's stage.

* ImageError                    one picture failed; others are not touched
  + ImageUnsupportedError (415) not one of the formats that are decoded
  + ImageCorruptError     (422) the right format, but broken or cut short
  + ImageTooLargeError    (413) more pixels, sides or bytes than are decoded
  + ImageTimeoutError     (422) decoding took longer than one picture may
  + ImageMemoryError      (422) decoding needed more memory than one picture may
  + ImageCrashedError     (422) the decoder died; the same picture may succeed on a second try
"""

from typing import ClassVar

from tenants.errors import AppError


class ImageError(AppError):
    """One picture could not be read."""

    code = "image_error"
    status = 422
    sentence: ClassVar[str] = "The picture could not be read."

    def __init__(self, **context: object) -> None:
        super().__init__(self.sentence, **context)


class ImageUnsupportedError(ImageError):
    """The content is none of the formats that are decoded, whatever its name says."""

    code = "image_unsupported"
    status = 415
    sentence = "This is not a JPEG, PNG, GIF, WebP, AVIF or BMP picture. Save it as one of these."


class ImageCorruptError(ImageError):
    """The content starts like a picture but cannot be decoded to its end."""

    code = "image_corrupt"
    sentence = "The picture is damaged or incomplete. Fetch or export it again."


class ImageTooLargeError(ImageError):
    """The picture has more pixels, longer sides or more bytes than are decoded."""

    code = "image_too_large"
    status = 413
    sentence = "The picture is larger than can be shown. Make a smaller copy and bring that."


class ImageTimeoutError(ImageError):
    """The picture was not done within the time that one picture may take."""

    code = "image_timeout"
    sentence = "The picture takes too long to decode. Save it again in a simpler form."


class ImageMemoryError(ImageError):
    """The picture needs more memory than one picture may take."""

    code = "image_memory"
    sentence = "The picture takes too much memory to decode. Make a smaller copy and bring that."


class ImageCrashedError(ImageError):
    """The decoding process died or answered nonsense."""

    code = "image_crashed"
    sentence = "The picture stopped the decoder. Try once more, or save it again in another format."


BY_CODE: dict[str, type[ImageError]] = {
    error.code: error
    for error in (
        ImageUnsupportedError,
        ImageCorruptError,
        ImageTooLargeError,
        ImageTimeoutError,
        ImageMemoryError,
        ImageCrashedError,
    )
}
