using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Thaw.Inference.Inspecting;

namespace Thaw.Server.Commands;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(Inspection))]
internal sealed partial class InspectionJson : JsonSerializerContext
{
    public static string Write(Inspection inspection)
    {
        // Terminals and scripts are no web pages, where quotation marks and angle brackets must be escaped.
        var plain = new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        return JsonSerializer.Serialize(inspection, new InspectionJson(plain).Inspection);
    }
}
