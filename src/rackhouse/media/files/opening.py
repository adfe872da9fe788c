"""Opening what keeps the files, as the setting says."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from rackhouse.media.files.folder import FolderFiles
from rackhouse.media.files.seam import Files
from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

__all__ = ["MediaFiles", "open_files"]


class MediaFiles:
    """This process's way to the files."""

    def __init__(self, house: House) -> None:
        self.files = open_files(house.settings)


def open_files(settings: Settings) -> Files:
    """What keeps the files. Refuses with `InvalidSetting` S3 without the library for it."""
    if settings.media_url is None:
        return FolderFiles(settings.data.absolute() / "media")
    parts = urlsplit(settings.media_url)
    if parts.scheme == "file":
        return FolderFiles(Path(unquote(parts.path)))
    try:
        from rackhouse.media.files.s3 import S3Files
    except ModuleNotFoundError as error:
        if error.name != "obstore":
            raise
        raise InvalidSetting(
            "RACKHOUSE_MEDIA_URL names S3, which needs obstore: pip install 'rackhouse[media-s3]'."
        ) from error
    return S3Files(settings.media_url)
