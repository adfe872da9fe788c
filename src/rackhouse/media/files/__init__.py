"""Files of assets, on a disk or on a store that speaks S3. What holds for one holds for all."""

from rackhouse.media.files.opening import MediaFiles
from rackhouse.media.files.seam import Files, FilesUnavailable, Kept

__all__ = ["Files", "FilesUnavailable", "Kept", "MediaFiles"]
