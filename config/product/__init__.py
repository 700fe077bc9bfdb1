"""The whole product on one machine: what ``manage.py run`` is made of."""
