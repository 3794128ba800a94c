"""Facts of HTTP that Werkzeug leaves out: where a cookie can live, what caches keep, who asks."""
