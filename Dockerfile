# The CPU image: the binary, ONNX Runtime's library, licences, on a base that has nothing else but the C and C++ runtime libraries.
# Behind a mirror: the image arguments take other registries and digests, NPM_REGISTRY and NUGET_SOURCE other package sources.
ARG NODE_IMAGE=node:24.11.1-bookworm-slim
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0.401-noble-aot
# libc, libgcc, libstdc++, OpenSSL and certificates; no shell, no package manager. The ...-aot bases of older versions lack libstdc++.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0.12-noble-chiseled

# ONNX Runtime's library, at the hash that the lock file pins.
FROM ${NODE_IMAGE} AS native
ARG NPM_REGISTRY=""
WORKDIR /native
COPY src/Onnx/native/package.json src/Onnx/native/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error ${NPM_REGISTRY:+--registry="$NPM_REGISTRY"}

FROM ${SDK_IMAGE} AS build
ARG NUGET_SOURCE=""
WORKDIR /source
COPY . .
COPY --from=native /native/node_modules src/Onnx/native/node_modules
RUN ./publish.sh /app ${NUGET_SOURCE:+-p:RestoreSources="$NUGET_SOURCE"}

# make image-check reads this stage and makes its file system without a container engine.
FROM ${BASE_IMAGE}
LABEL com.amazonaws.sagemaker.capabilities.multi-models=true \
      com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true \
      org.opencontainers.image.title=thaw \
      org.opencontainers.image.licenses=MIT
ENV ORT_DISABLE_TELEMETRY=1 \
    ORT_TELEMETRY_DISABLED=1
COPY --from=build /app /app
EXPOSE 8080
# The base's user "app"; a number, so that orchestrators see that it is not root.
USER 1654:1654
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s CMD ["/app/thaw", "health"]
ENTRYPOINT ["/app/thaw"]
CMD ["serve"]
