// What is loaded on demand takes its place in the page's script.

api.show = show;
addEventListener("consent:change", clean);
clean();
