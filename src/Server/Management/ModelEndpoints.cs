using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Server.Settings;
using Thaw.Server.Telemetry;

namespace Thaw.Server.Management;

/// <summary>Load, list, describe and unload: the management half of SageMaker's multi-model contract.</summary>
internal sealed class ModelEndpoints(ModelTable<LoadedModel> models, RequestGate gate, ServerOptions options, ILogger<ModelEndpoints> log)
{
    private const int MaxPageSize = 100;
    private const int LongestName = 1024;

    // Kestrel takes request lines of 8 KiB, and a name has to be addressable to be unloaded.
    private const int LongestEncodedName = 4096;
    private const int LongestUrl = 4096;

    public async Task LoadAsync(HttpContext context)
    {
        if (await RequestBody.RefuseContentTypeAsync(context, ContentKind.Json)) return;
        using MemoryReservation room = gate.Bodies.Open();
        ReadOnlySequence<byte> body = await RequestBody.ReadAllAsync(context, options.MaxPayloadBytes, room);
        LoadRequest? request;
        try
        {
            request = Parse(body);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            await ErrorResponses.WriteAsync(context, StatusCodes.Status400BadRequest, $"The body is not JSON of the form {{\"model_name\":\"…\",\"url\":\"…\"}}: {exception.Message}");
            return;
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(body.End);
        }

        if (RefuseRequest(request) is { } refusal)
        {
            await ErrorResponses.WriteAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        (string name, string url) = (request!.ModelName!, request.Url!);
        long start = Stopwatch.GetTimestamp();
        if (!(await models.LoadAsync(name, url)).TryGet(out ModelLease<LoadedModel> loaded, out InferenceError? error))
        {
            log.ModelRefused(name, url, error.Message);
            await ErrorResponses.WriteAsync(context, error);
            return;
        }

        log.ModelLoaded(name, url, Stopwatch.GetElapsedTime(start).TotalMilliseconds, context.Request.Headers["X-Amzn-SageMaker-Target-Model"]);
        using (loaded)
        {
            if (loaded.Model.CopyReason is { } reason) log.WeightsCopied(name, reason);
        }

        await context.Response.WriteJsonAsync(new StatusResponse($"Model \"{name}\" registered"), ManagementJson.Plain.StatusResponse);
    }

    public async Task ListAsync(HttpContext context)
    {
        // As multi-model-server does: 100 for what is not from 1 to 100.
        int limit = int.TryParse(context.Request.Query["limit"], NumberStyles.Integer, CultureInfo.InvariantCulture, out int asked) && asked is > 0 and <= MaxPageSize
            ? asked
            : MaxPageSize;
        string? token = context.Request.Query["next_page_token"];
        string? after = null;
        if (!string.IsNullOrEmpty(token) && !TryReadToken(token, out after))
        {
            await ErrorResponses.WriteAsync(context, StatusCodes.Status400BadRequest, "next_page_token is not one that GET /models gave out. Leave it away for the first page.");
            return;
        }

        ModelPage page = models.List(after, limit);
        ListedModel[] listed = [.. page.Models.Select(model => new ListedModel(model.Name, model.Path))];
        await context.Response.WriteJsonAsync(new ListResponse(listed, page.After is null ? null : WriteToken(page.After)), ManagementJson.Plain.ListResponse);
    }

    public async Task DescribeAsync(HttpContext context)
    {
        string name = context.ModelName();
        if (!models.TryAcquire(name).TryGet(out ModelLease<LoadedModel> lease, out InferenceError? error))
        {
            await ErrorResponses.WriteAsync(context, error);
            return;
        }

        DescribedModel description;
        using (lease)
        {
            LoadedModel model = lease.Model;
            description = new DescribedModel(
                name,
                lease.Path,
                model.Task.Name,
                model.MaxTokens,
                model.Task.Width,
                model.Tier,
                Milliseconds(model.LoadTimes.Total),
                new LoadPhases(
                    Milliseconds(model.LoadTimes.Files), Milliseconds(model.LoadTimes.Graph), Milliseconds(model.LoadTimes.Session), Milliseconds(model.LoadTimes.Tokenizer)),
                model.ReservedBytes,
                model.MappedBytes,
                model.Invocations);
        }

        await context.Response.WriteJsonAsync(description, ManagementJson.Plain.DescribedModel);
    }

    public async Task UnloadAsync(HttpContext context)
    {
        string name = context.ModelName();
        long start = Stopwatch.GetTimestamp();
        if (await models.UnloadAsync(name) is { } error)
        {
            await ErrorResponses.WriteAsync(context, error);
            return;
        }

        log.ModelUnloaded(name, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        await context.Response.WriteJsonAsync(new StatusResponse($"Model \"{name}\" unregistered"), ManagementJson.Plain.StatusResponse);
    }

    private static LoadRequest? Parse(ReadOnlySequence<byte> body)
    {
        var json = new Utf8JsonReader(body);
        LoadRequest? request = JsonSerializer.Deserialize(ref json, ManagementJson.Default.LoadRequest);
        // Anything but white space behind the object throws.
        json.Read();
        return request;
    }

    private static string? RefuseRequest(LoadRequest? request)
    {
        if (string.IsNullOrEmpty(request?.ModelName)) return "model_name is missing. Send {\"model_name\":\"…\",\"url\":\"…\"}.";
        if (string.IsNullOrEmpty(request.Url)) return "url is missing. Send {\"model_name\":\"…\",\"url\":\"…\"}.";
        if (request.ModelName.Length > LongestName) return $"model_name has more than {LongestName} characters.";
        if (request.Url.Length > LongestUrl) return $"url has more than {LongestUrl} characters, which no path can have.";
        if (Uri.EscapeDataString(request.ModelName).Length > LongestEncodedName) return $"model_name has more than {LongestEncodedName} characters when it is percent-encoded.";
        // Neither could ever be addressed: clients and servers take dot segments out of a path.
        if (request.ModelName is "." or "..") return $"model_name '{request.ModelName}' cannot be part of a path. Choose another.";
        return request.ModelName.Any(char.IsControl) ? "model_name holds a control character. Choose another." : null;
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);

    // The name that the page ended with: models may come and go between two pages, and none is shown twice or left out.
    private static string WriteToken(string after) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(after));

    private static bool TryReadToken(string token, out string? after)
    {
        bool valid = Base64Url.IsValid(token);
        after = valid ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : null;
        return valid;
    }
}
