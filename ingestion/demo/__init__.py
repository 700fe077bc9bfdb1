"""The demo data set: our own pictures, two sample exports, and a site that serves them."""
