namespace Thaw.Tokenizers;

/// <summary>What the model's config.json says about its tokenizer. It counts where the tokenizer's own files do not name a class.</summary>
/// <param name="TokenizerClass">tokenizer_class, if it has one.</param>
/// <param name="ModelType">model_type, if it has one; it counts if there is no tokenizer_class either.</param>
public readonly record struct TokenizerHint(string? TokenizerClass = null, string? ModelType = null);
