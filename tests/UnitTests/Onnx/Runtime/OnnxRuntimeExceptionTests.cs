using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;

namespace Thaw.UnitTests.Onnx.Runtime;

public sealed class OnnxRuntimeExceptionTests
{
    [Theory]
    [InlineData("Non-zero status code returned while running MatMul node. Failed to allocate memory for requested buffer of size 4096")]
    [InlineData("std::bad_alloc")]
    [InlineData("CUDA failure 2: out of memory ; GPU=0")]
    [InlineData("CUDA error: Out Of Memory")]
    [InlineData("cudaErrorMemoryAllocation CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED")]
    [InlineData("BFCArena::AllocateRawInternal(size_t, bool) Available memory of 12582912 is smaller than requested bytes of 25690112")]
    [InlineData("CUBLAS failure 1: CUBLAS_STATUS_NOT_INITIALIZED ; GPU=0")]
    [InlineData("mmap of model.onnx_data failed: Cannot allocate memory")]
    public void A_lack_of_memory_is_recognized_by_the_message(string message) =>
        Assert.True(new OnnxRuntimeException(OrtErrorCode.Fail, message).IsOutOfMemory);

    [Theory]
    [InlineData("Protobuf parsing failed.")]
    [InlineData("Load model from /tmp/model.onnx failed: File doesn't exist")]
    [InlineData("indices element out of data bounds, idx=9404 must be within the inclusive range [-9404,9403]")]
    [InlineData("")]
    public void Other_failures_are_not_a_lack_of_memory(string message) =>
        Assert.False(new OnnxRuntimeException(OrtErrorCode.RuntimeException, message).IsOutOfMemory);

    [Fact]
    public void It_keeps_the_code_and_the_message()
    {
        var exception = new OnnxRuntimeException(OrtErrorCode.InvalidGraph, "broken");

        Assert.Equal(OrtErrorCode.InvalidGraph, exception.Code);
        Assert.Equal("broken", exception.Message);
    }

    // ORT_OK is 0 in onnxruntime_error_code.h; the others count up from it.
    [Theory]
    [InlineData(OrtErrorCode.Ok, 0)]
    [InlineData(OrtErrorCode.Fail, 1)]
    [InlineData(OrtErrorCode.RuntimeException, 6)]
    [InlineData(OrtErrorCode.InvalidProtobuf, 7)]
    [InlineData(OrtErrorCode.InvalidGraph, 10)]
    [InlineData(OrtErrorCode.ExecutionProviderFail, 11)]
    [InlineData(OrtErrorCode.ModelLoadCanceled, 12)]
    public void Codes_match_the_header(OrtErrorCode code, int number) => Assert.Equal(number, (int)code);

    [Fact]
    public void A_tensors_size_in_bytes_depends_on_its_element_type()
    {
        Assert.Equal(2 * 3 * 8, new TensorView(0, 0, TensorElementType.Int64, new TensorShape(2, 3)).ByteLength);
        Assert.Equal(2 * 3 * 4, new TensorView(0, 0, TensorElementType.Int32, new TensorShape(2, 3)).ByteLength);
        Assert.Throws<NotSupportedException>(() => new TensorView(0, 0, TensorElementType.String, new TensorShape(2, 3)).ByteLength);
    }
}
