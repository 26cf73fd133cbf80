# The CPU image: the binary, ONNX Runtime's library, licences, on a base that has nothing else but the C and C++ runtime libraries.
# Behind a mirror: the image arguments take other registries and digests, NUGET_SOURCE another package source.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0.401-noble-aot
# libc, libgcc, libstdc++, OpenSSL and certificates; no shell, no package manager. The ...-aot bases of older versions lack libstdc++.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0.12-noble-chiseled

FROM ${SDK_IMAGE} AS build
ARG NUGET_SOURCE=""
WORKDIR /source
COPY . .
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
