using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Inference.Architectures;
using Thaw.Inference.Files;
using Thaw.Inference.Inspecting;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;
using Thaw.Server.Settings;
using Thaw.Server.Telemetry;

namespace Thaw.Server.Management;

/// <summary>Load, list, describe and unload: the management half of SageMaker's multi-model contract.</summary>
internal sealed class ModelEndpoints(ModelTable<LoadedModel> models, RequestGate gate, ServerOptions options, ILogger<ModelEndpoints> log)
{
    private const string Form = "{\"model_name\":\"…\",\"url\":\"…\"}";
    private const int MaxPageSize = 100;
    private const int LongestName = 1024;

    // Kestrel takes request lines of 8 KiB, and a name must fit into one for the model to be unloaded.
    private const int LongestEncodedName = 4096;
    private const int LongestUrl = 4096;
    private const int LongestVariant = 255;

    public async Task<InferenceError?> LoadAsync(HttpContext context)
    {
        if (!(await ReadLoadAsync(context)).TryGet(out LoadRequest? request, out InferenceError? error)) return error;
        (string name, string url) = (request.ModelName!, request.Url!);
        long start = Stopwatch.GetTimestamp();
        if (!(await models.LoadAsync(name, url, new ModelSettings { Variant = request.Variant })).TryGet(out ModelLease<LoadedModel> loaded, out error))
        {
            log.ModelRefused(name, url, Refusal.Of(error).Message);
            return error;
        }

        using (loaded)
        {
            string target = context.Request.Headers["X-Amzn-SageMaker-Target-Model"].ToString();
            string session = loaded.Model.IsShared ? "shared" : loaded.Model.OwnSessionReason is { } own ? $"its own: {own}" : "its own";
            target = target.Length == 0 ? "" : $" (target model {target})";
            string task = $"{loaded.Model.Task.Name} with {loaded.Model.Task.Width} labels, texts of up to {loaded.Model.MaxTokens} tokens";
            log.ModelLoaded(name, url, Stopwatch.GetElapsedTime(start).TotalMilliseconds, target, loaded.Model.ModelFile, task, session);
            if (loaded.Model.CopyReason is { } reason) log.WeightsCopied(name, reason);
        }

        await context.Response.WriteJsonAsync(new StatusResponse($"Model \"{name}\" registered"), ManagementJson.Default.StatusResponse);
        return null;
    }

    public async Task<InferenceError?> ListAsync(HttpContext context)
    {
        // As multi-model-server does: 100 for anything that is not from 1 to 100.
        bool isNumber = int.TryParse(context.Request.Query["limit"], NumberStyles.Integer, CultureInfo.InvariantCulture, out int asked);
        int limit = isNumber && asked is > 0 and <= MaxPageSize ? asked : MaxPageSize;
        string? token = context.Request.Query["next_page_token"];
        string? after = null;
        if (!string.IsNullOrEmpty(token) && !TryReadToken(token, out after)) return Invalid("next_page_token is invalid. Omit it for the first page.");
        ModelPage page = models.List(after, limit);
        ListedModel[] listed = [.. page.Models.Select(model => new ListedModel(model.Name, model.Path))];
        string? next = page.After is null ? null : WriteToken(page.After);
        await context.Response.WriteJsonAsync(new ListResponse(listed, next), ManagementJson.Default.ListResponse);
        return null;
    }

    public async Task<InferenceError?> DescribeAsync(HttpContext context)
    {
        string name = ModelName.FromPath(context);
        if (!models.TryAcquire(name).TryGet(out ModelLease<LoadedModel> lease, out InferenceError? error)) return error;
        DescribedModel description;
        using (lease) description = Describe(name, lease.Path, lease.Model);
        await context.Response.WriteJsonAsync(description, ManagementJson.Default.DescribedModel);
        return null;
    }

    public async Task<InferenceError?> UnloadAsync(HttpContext context)
    {
        string name = ModelName.FromPath(context);
        long start = Stopwatch.GetTimestamp();
        if (await models.UnloadAsync(name) is { } error) return error;
        log.ModelUnloaded(name, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        await context.Response.WriteJsonAsync(new StatusResponse($"Model \"{name}\" unregistered"), ManagementJson.Default.StatusResponse);
        return null;
    }

    private async Task<Result<LoadRequest>> ReadLoadAsync(HttpContext context)
    {
        if (!BodyForm.Of(context.Request, ContentKinds.Json).TryGet(out BodyForm form, out InferenceError? error)) return error;
        if (!(await RequestBody.ReadAsync(context, form.Coding, options.MaxPayloadBytes, gate.Bodies)).TryGet(out RequestBody? body, out error)) return error;
        using (body)
        {
            try
            {
                LoadRequest? request = Parse(body.Bytes);
                return Refuse(request) is { } refusal ? Invalid(refusal) : request!;
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                return Invalid($"The body is not JSON of the form {Form}: {exception.Message}");
            }
        }
    }

    private static LoadRequest? Parse(ReadOnlySequence<byte> body)
    {
        var json = new Utf8JsonReader(body);
        LoadRequest? request = JsonSerializer.Deserialize(ref json, ManagementJson.Default.LoadRequest);
        // Anything except white space after the object throws.
        json.Read();
        return request;
    }

    private static string? Refuse(LoadRequest? request)
    {
        if (string.IsNullOrEmpty(request?.ModelName)) return $"model_name is missing. Send {Form}.";
        if (string.IsNullOrEmpty(request.Url)) return $"url is missing. Send {Form}.";
        if (request.ModelName.Length > LongestName) return $"model_name has more than {LongestName} characters.";
        if (request.Variant is { Length: 0 or > LongestVariant }) return $"variant must have 1 to {LongestVariant} characters. Omit it for model.onnx.";
        if (request.Url.Length > LongestUrl) return $"url has more than {LongestUrl} characters, too many for a path.";
        if (Uri.EscapeDataString(request.ModelName).Length > LongestEncodedName)
            return $"model_name has more than {LongestEncodedName} characters when it is percent-encoded.";
        // Neither could be addressed: clients and servers remove dot segments from a path.
        if (request.ModelName is "." or "..") return $"model_name '{request.ModelName}' cannot be part of a path. Choose another name.";
        return request.ModelName.Any(char.IsControl) ? "model_name contains a control character. Choose another name." : null;
    }

    private static DescribedModel Describe(string name, string path, LoadedModel model)
    {
        LoadTimes times = model.LoadTimes;
        ModelFacts facts = ModelFacts.Of(model);
        return new DescribedModel(
            name,
            path,
            facts.ModelFile,
            facts.Variant,
            facts.Task,
            facts.Tokenizer,
            facts.MaxTokens,
            model.Task.Width,
            facts.LabelNames,
            facts.Inputs,
            facts.Outputs,
            facts.Remarks,
            NameOf(model.Form),
            model.IsShared ? "shared" : "own",
            model.OwnSessionReason,
            Milliseconds(times.Total),
            new LoadPhases(Milliseconds(times.Files), Milliseconds(times.Graph), Milliseconds(times.Session), Milliseconds(times.Tokenizer)),
            model.ReservedBytes,
            model.MappedBytes,
            model.PageTableBytes,
            model.Invocations);
    }

    private static string NameOf(WeightForm form) => form switch
    {
        WeightForm.Exported => "exported",
        WeightForm.LaidOut => "laid_out",
        _ => "packed",
    };

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);

    // The name that the page ended with: models may come and go between two pages, and none is listed twice or omitted because of it.
    private static string WriteToken(string after) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(after));

    private static bool TryReadToken(string token, out string? after)
    {
        bool valid = Base64Url.IsValid(token);
        after = valid ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : null;
        return valid;
    }

    private static InferenceError Invalid(string reason) => JsonBody.Invalid(reason);
}
