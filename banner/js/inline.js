// Shows the first layer before first paint, without waiting for the deferred script. Constant
// for a policy: a cached page and a hash in a Content-Security-Policy both allow it.
((layer, now) => {
  const asked = layer.querySelector("[name=asked]").value.match(/.../g);
  const cookies = document.cookie.matchAll(/(?:^|; )__NAME__=1[a-z][c\d]\.([\da-z]{1,8})\.([\w-]*)\.([\w-]*)/gi);
  for (const [, time, yes, no] of cookies) {
    const age = now - parseInt(time, 36);
    const answered = (yes + no).match(/.../g) || [];
    if (age > -86400 && age < __LIFE__ && asked.every((t) => answered.includes(t))) return;
  }
  layer.hidden = false;
})(document.getElementById("fcc"), Date.now() / 1000);
