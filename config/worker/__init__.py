"""Runs the clusters of workers and mends them: what ``manage.py run_worker`` is made of."""
