"""Built-in: objects in a folder (`file://`), in this process (`memory://`) or in a bucket (`s3://`)."""

from codek7.plugins.store_fsspec.opening import codek7_open_store

__all__ = ["codek7_open_store"]
