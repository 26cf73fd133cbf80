using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Thaw.TestModels;

namespace Thaw.Reference;

/// <summary>
/// A Node process that runs node/reference.mjs, which also describes the protocol. Idle ones are kept for the
/// next test that needs one, and end with the tests, when their standard input closes.
/// </summary>
internal sealed class ReferenceProcess
{
    private static readonly ConcurrentBag<ReferenceProcess> Idle = [];

    // A lone surrogate has no UTF-8 form, and must not silently turn into another text.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly Process _process;
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly StringBuilder _errors = new();

    private ReferenceProcess()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Reference", "node");
        // The library's trainers print to standard output, so the answers have their own descriptor.
        var start = new ProcessStartInfo("sh", ["-c", "exec node reference.mjs 3>&1 1>&2"])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        _process.BeginErrorReadLine();
        _input = _process.StandardInput.BaseStream;
        _output = _process.StandardOutput.BaseStream;
    }

    public static ReferenceProcess Rent() => Idle.TryTake(out ReferenceProcess? process) ? process : new ReferenceProcess();

    public void Return()
    {
        if (!_process.HasExited)
            Idle.Add(this);
    }

    /// <summary>Sends the command that the header names, and returns the body of its answer.</summary>
    /// <exception cref="ReferenceException">The library refused the command, or its process ended.</exception>
    public byte[] Ask(object header, IReadOnlyList<string> texts)
    {
        byte[] request = Request(JsonSerializer.SerializeToUtf8Bytes(header, Json), texts);
        lock (_process)
        {
            try
            {
                _input.Write(request);
                _input.Flush();
                int length = ReadInt32();
                int status = ReadInt32();
                var body = new byte[length - sizeof(int)];
                _output.ReadExactly(body);
                return status == 0 ? body : throw new ReferenceException(Utf8.GetString(body));
            }
            catch (IOException)
            {
                _process.WaitForExit();
                throw new ReferenceException($"The reference ended with exit code {_process.ExitCode}: {_errors}");
            }
        }
    }

    public static string[] Texts(byte[] body)
    {
        var texts = new string[BinaryPrimitives.ReadInt32LittleEndian(body)];
        int at = sizeof(int) * (1 + texts.Length);
        for (int i = 0; i < texts.Length; i++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(sizeof(int) * (1 + i)));
            texts[i] = Utf8.GetString(body, at, length);
            at += length;
        }

        return texts;
    }

    private static byte[] Request(byte[] header, IReadOnlyList<string> texts)
    {
        int lengths = 2 * sizeof(int) + header.Length;
        int start = lengths + sizeof(int) * (1 + texts.Count);
        var request = new byte[start + texts.Sum(Utf8.GetByteCount)];
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length - sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(sizeof(int)), header.Length);
        header.CopyTo(request, 2 * sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(lengths), texts.Count);
        int at = start;
        for (int i = 0; i < texts.Count; i++)
        {
            int length = Utf8.GetBytes(texts[i], request.AsSpan(at));
            BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(lengths + sizeof(int) * (1 + i)), length);
            at += length;
        }

        return request;
    }

    private int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        _output.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }
}
