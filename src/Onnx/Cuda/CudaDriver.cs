using System.Runtime.InteropServices;

namespace Thaw.Onnx.Cuda;

/// <summary>Asks NVIDIA's driver about a device, before ONNX Runtime is asked: its message for a missing driver does not mention the driver.</summary>
internal static unsafe class CudaDriver
{
    private const string Library = "libcuda.so.1";

    /// <summary>Bytes of a device's memory.</summary>
    /// <exception cref="CudaUnavailableException">There is no driver, or no such device.</exception>
    public static long MemoryOf(int device)
    {
        if (!NativeLibrary.TryLoad(Library, out nint driver))
            throw new CudaUnavailableException(
                $"NVIDIA's driver is missing: {Library} cannot be loaded. In a container, NVIDIA's container toolkit must provide it from the host.");
        int failure = ((delegate* unmanaged<uint, int>)Find(driver, "cuInit"))(0);
        if (failure != 0) throw new CudaUnavailableException($"NVIDIA's driver finds no device that it can use (cuInit failed with error {failure}).");
        int count;
        Check(((delegate* unmanaged<int*, int>)Find(driver, "cuDeviceGetCount"))(&count), "cuDeviceGetCount");
        if (device >= count) throw new CudaUnavailableException($"There is no device {device}: NVIDIA's driver has {count}.");
        int handle;
        Check(((delegate* unmanaged<int*, int, int>)Find(driver, "cuDeviceGet"))(&handle, device), "cuDeviceGet");
        nuint bytes;
        Check(((delegate* unmanaged<nuint*, int, int>)Find(driver, "cuDeviceTotalMem_v2"))(&bytes, handle), "cuDeviceTotalMem_v2");
        return (long)bytes;
    }

    private static nint Find(nint driver, string function) =>
        NativeLibrary.TryGetExport(driver, function, out nint address)
            ? address
            : throw new CudaUnavailableException($"NVIDIA's driver is too old: {Library} has no {function}.");

    private static void Check(int failure, string function)
    {
        if (failure != 0) throw new CudaUnavailableException($"NVIDIA's driver failed: {function} returned error {failure}.");
    }
}
