#!/bin/sh
# One signed report with openssl and curl: ./report.sh https://go.brand.example/conv '{"event": "sale", …}'
# SIGNING_KEY in the environment is the key as it was shown, ct_sign_… .
set -eu
url=$1
body=$2

rest=${url#*://}
host=${rest%%/*}
host=${host%:*}
target=/${rest#*/}
at_s=$(date +%s)
nonce=$(openssl rand -hex 16)
named=${SIGNING_KEY#ct_sign_}
key_name=${named%%_*}
# For trying out: what stands among arguments, every user of this machine can read. A server signs as signed_report.py does.
digest=$(printf '%s\n%s\nPOST\n%s\n%s\n%s' "$at_s" "$nonce" "$host" "$target" "$body" |
    openssl dgst -sha256 -hmac "$SIGNING_KEY" | sed 's/.* //')

curl --silent --show-error --header 'Content-Type: application/json' \
    --header "X-Signature: t=$at_s,kid=$key_name,nonce=$nonce,v1=$digest" --data-binary "$body" "$url"
