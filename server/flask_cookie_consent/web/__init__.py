"""One request in Flask: consent, routes, the templates' functions, the layer around the app."""
