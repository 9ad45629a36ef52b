# docker build -t neoretro .          (podman and buildah too)
# docker run --network host -v ./phone.toml:/etc/neoretro/phone.toml:ro neoretro
# Without --network host publish 8080, 5060 and the voice ports, and say in line.advertise how the phone is reached.
# BASE has a Python 3.11 or later as python3, with venv and pip.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /source
RUN python3 -m venv /opt/neoretro
ENV PATH=/opt/neoretro/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY softphone softphone
COPY gateway gateway
COPY configs/markets configs/markets
RUN pip install --no-deps --no-build-isolation .
# What was needed to build us goes, the installer last; what is left must still fit together.
RUN pip uninstall -q -y editables hatchling packaging pathspec pluggy setuptools trove-classifiers \
 && pip check && pip uninstall -q -y pip \
 && python -m compileall -q /opt/neoretro/lib

FROM ${BASE}
COPY --from=build /opt/neoretro /opt/neoretro
COPY configs/container.toml /etc/neoretro/phone.toml
ENV PATH=/opt/neoretro/bin:$PATH PYTHONUNBUFFERED=1 NEORETRO_HEALTH=http://127.0.0.1:8080/healthz
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080/tcp 5060/udp 5060/tcp 5061/tcp 16384-16483/udp
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ['NEORETRO_HEALTH'], timeout=4)"]
ENTRYPOINT ["neoretro"]
CMD ["serve", "/etc/neoretro/phone.toml"]
