# hoptt in one image: control plane, media engine, page. Its steps are the scripts that `make` uses.
#
#   docker build -t hoptt .
#   docker run --init -d --name hoptt -v hoptt:/var/lib/hoptt \
#     -p 127.0.0.1:8080:8080 -p 7882:7882/udp -p 7882:7882/tcp -e HOPTT__RTC__ANNOUNCE='["203.0.113.7"]' hoptt
#
# A reverse proxy with TLS stands before port 8080 (deploy/nginx.conf); media goes straight to 7882, UDP and TCP.
# In one container both processes end together: only the death of the engine is survived. To restart or
# upgrade the control plane in the middle of a meeting, see "Containers" in docs/operating.md.

FROM debian:12-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends bash ca-certificates make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# What is needed to build changes seldom: these layers are kept while only sources change.
COPY scripts/need scripts/need
RUN scripts/need serve
COPY . .
# The environment with its tools, the engine and the page; then a wheel that holds engine and page, and an
# environment with nothing but what runs, at the versions and hashes of requirements.lock.
RUN make build
RUN scripts/runtime /opt/hoptt

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/hoptt --create-home hoptt \
 && chmod 0700 /var/lib/hoptt
COPY --from=build /opt/hoptt /opt/hoptt
ENV PATH=/opt/hoptt/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOPTT__DATA__DIR=/var/lib/hoptt \
    HOPTT__HTTP__LISTEN=0.0.0.0:8080 \
    HOPTT__HTTP__TRUSTED_PROXIES='["172.16.0.0/12"]'
USER hoptt
VOLUME /var/lib/hoptt
EXPOSE 8080/tcp 7882/udp 7882/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9180/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["hoptt"]
CMD ["serve"]
