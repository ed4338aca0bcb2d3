"""The notebook's views: a small class each, and its ES module in codek7/lab/web."""
