#!/bin/sh
# Exits 0 when the server of this container is ready. The certificate is not checked: the request never leaves the container.
exec node -e '
  require("node:https")
    .get("https://127.0.0.1:8443/readyz", { rejectUnauthorized: false, timeout: 3000 }, (answer) => {
      process.exit(answer.statusCode === 200 ? 0 : 1);
    })
    .on("timeout", () => process.exit(1))
    .on("error", () => process.exit(1));
'
